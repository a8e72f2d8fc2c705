package dev.penstock.jobs.ingest;

import dev.penstock.jobs.pipeline.PathDates;
import dev.penstock.lake.Cadence;
import dev.penstock.lake.Interval;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * The files that a source's path names. {@code {date}} in it is the name of an interval, {@code
 * {date:PATTERN}} formats the interval's start; {@code *} and {@code ?} stand for what they stand
 * for in a shell.
 *
 * @param template the path, all {@code ${NAME}} resolved
 * @param cadence names the intervals
 */
public record Landing(String template, Cadence cadence) {
  private static final Pattern DATE = Pattern.compile("\\{date(?::([^}]+))?}");

  /**
   * A file.
   *
   * @param path location, as Hadoop reads it
   * @param name the path below the folder where the template's wild part begins; names the file in
   *     the ledger, so that moving the landing folder changes nothing
   * @param interval the interval that the path dates it with; empty if undated
   * @param bytes its size
   */
  public record LandedFile(String path, String name, Optional<Interval> interval, long bytes) {}

  /**
   * What lies there.
   *
   * @param files by name
   * @param temporary files whose names say that they are not finished
   */
  public record Listing(List<LandedFile> files, List<LandedFile> temporary) {}

  /** {@code {date:yyyy/MM}} stands in two folders, as {@code {date:yyyy}/{date:MM}}. */
  public Landing {
    template =
        DATE.matcher(template)
            .replaceAll(found -> Matcher.quoteReplacement(found.group().replace("/", "}/{date:")));
  }

  /** Whether the path dates its files. */
  public boolean dated() {
    return DATE.matcher(template).find();
  }

  /** The path of an interval's file, for messages; the template if it has wild cards. */
  public String pathOf(Interval interval) {
    return DATE.matcher(template)
        .replaceAll(found -> Matcher.quoteReplacement(text(interval, found.group(1))));
  }

  private String text(Interval interval, String format) {
    return format == null ? interval.slice() : PathDates.write(interval, format, cadence);
  }

  /**
   * Lists the files; those dated after {@code last} do not exist.
   *
   * @throws IOException if the file system can't be read; a folder that is not there is empty
   */
  public Listing list(Configuration hadoop, Interval last) throws IOException {
    Path glob = new Path(DATE.matcher(template).replaceAll("*"));
    Path anyName = new Path(glob.getParent(), "*");
    FileSystem fileSystem = glob.getFileSystem(hadoop);
    String base = base();
    String root = base.isEmpty() ? "" : fileSystem.makeQualified(new Path(base)).toString() + "/";
    List<LandedFile> files = new ArrayList<>();
    List<LandedFile> temporary = new ArrayList<>();
    FileStatus[] found = fileSystem.globStatus(anyName);
    for (FileStatus status : found == null ? new FileStatus[0] : found) {
      if (!status.isFile()) {
        continue;
      }
      String path = status.getPath().toString();
      String name = path.startsWith(root) ? path.substring(root.length()) : path;
      String finished = finishedName(status.getPath().getName());
      boolean complete = finished.equals(status.getPath().getName());
      String named = new Path(status.getPath().getParent(), finished).toString();
      Optional<Optional<Interval>> match = match(fileSystem, named);
      if (match.isPresent()
          && match.get().map(i -> !i.start().isAfter(last.start())).orElse(true)) {
        (complete ? files : temporary)
            .add(new LandedFile(path, name, match.get(), status.getLen()));
      }
    }
    files.sort(Comparator.comparing(LandedFile::name));
    return new Listing(files, temporary);
  }

  /** The SHA-256 of a file's content, in hexadecimal. */
  public static String hash(Configuration hadoop, LandedFile file) throws IOException {
    Path path = new Path(file.path());
    try (InputStream in = path.getFileSystem(hadoop).open(path)) {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      byte[] buffer = new byte[1 << 16];
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        digest.update(buffer, 0, read);
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The name that a temporary file will have when it is finished; its own if it is. */
  private static String finishedName(String name) {
    String finished = name.startsWith("_") || name.startsWith(".") ? name.substring(1) : name;
    for (String suffix : List.of(".inprogress", ".tmp")) {
      if (finished.endsWith(suffix)) {
        finished = finished.substring(0, finished.length() - suffix.length());
      }
    }
    return finished;
  }

  /** Folder of the first wild part. */
  private String base() {
    int wild = template.length();
    for (String mark : List.of("{date", "*", "?")) {
      int at = template.indexOf(mark);
      wild = at >= 0 ? Math.min(wild, at) : wild;
    }
    int slash = template.lastIndexOf('/', wild);
    return slash < 0 ? "" : template.substring(0, slash);
  }

  private Optional<Optional<Interval>> match(FileSystem fileSystem, String path) {
    StringBuilder regex = new StringBuilder();
    List<String> formats = new ArrayList<>();
    String qualified =
        base().isEmpty()
            ? template
            : fileSystem.makeQualified(new Path(base())) + template.substring(base().length());
    Matcher date = DATE.matcher(qualified);
    int at = 0;
    while (date.find()) {
      regex.append(wild(qualified.substring(at, date.start()))).append("([^/]+?)");
      formats.add(date.group(1));
      at = date.end();
    }
    regex.append(wild(qualified.substring(at)));
    Matcher matcher = Pattern.compile(regex.toString()).matcher(path);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    if (formats.isEmpty()) {
      return Optional.of(Optional.empty());
    }
    List<String> texts = IntStream.rangeClosed(1, formats.size()).mapToObj(matcher::group).toList();
    return interval(texts, formats).map(Optional::of);
  }

  /** The interval that the places of the path name together. */
  private Optional<Interval> interval(List<String> texts, List<String> formats) {
    int named = formats.indexOf(null);
    if (named < 0) {
      return PathDates.read(String.join("/", texts), String.join("/", formats), cadence);
    }
    return named(texts.get(named))
        .filter(
            interval ->
                IntStream.range(0, texts.size())
                    .allMatch(i -> text(interval, formats.get(i)).equals(texts.get(i))));
  }

  private static String wild(String literal) {
    StringBuilder regex = new StringBuilder();
    for (char c : literal.toCharArray()) {
      regex.append(c == '*' ? "[^/]*" : c == '?' ? "[^/]" : Pattern.quote(String.valueOf(c)));
    }
    return regex.toString();
  }

  private Optional<Interval> named(String text) {
    try {
      return Optional.of(cadence.named(text));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
