package dev.penstock.jobs.pipeline;

import dev.penstock.features.DidYouMean;
import dev.penstock.jobs.pipeline.Pipelines.Loaded;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.yaml.snakeyaml.nodes.Node;

/** Reads pipeline files with those that they use, each once. */
final class PipelineFiles {
  /** What was found, with all problems; {@code loaded} is empty if the file can't be used. */
  record Outcome(Optional<Loaded> loaded, List<Problem> problems) {}

  private final Settings settings;
  private final Map<Path, Outcome> read = new LinkedHashMap<>();
  private final Deque<String> reading = new ArrayDeque<>();
  private final Set<String> asked = new TreeSet<>();

  private Optional<Environment> environment;
  private List<Problem> problemsOfEnvironment;

  PipelineFiles(Settings settings) {
    this.settings = settings;
  }

  /** The files that were read, each before those that it uses. */
  List<Path> read() {
    List<Path> files = new ArrayList<>(read.keySet());
    Collections.reverse(files);
    return files;
  }

  /** Reads the file that the settings are about: overrides change it, all values are asked for. */
  Outcome readTheOne(Path file) {
    return read(file, true);
  }

  /** Reads one file of several. */
  Outcome read(Path file) {
    return read(file, false);
  }

  private Outcome read(Path file, boolean isTheOne) {
    if (!read.containsKey(file)) {
      reading.addLast(Pipelines.name(file));
      Outcome outcome = outcome(file, isTheOne);
      reading.removeLast();
      read.put(file, outcome);
    }
    return read.get(file);
  }

  private Outcome outcome(Path file, boolean isTheOne) {
    Problems problems = new Problems(file.toString());
    Optional<Environment> environment = environment(problems);
    Values values = new Values(settings, environment.map(Environment::values).orElse(Map.of()));
    YamlText yaml = new YamlText();
    Optional<Node> root =
        text(file, problems).flatMap(text -> yaml.compose(file.toString(), text, problems));
    if (root.isEmpty()) {
      return new Outcome(Optional.empty(), problems.all());
    }
    if (isTheOne) {
      settings.overrides().forEach((path, text) -> yaml.override(root.get(), path, text, problems));
    }
    Optional<Pipeline> pipeline =
        new RecordReader(yaml, problems, values::fill).read(Pipeline.class, root.get());
    asked.addAll(values.asked());
    pipeline.ifPresent(found -> require(found, file, problems));
    List<Loaded> uses = pipeline.map(found -> used(found, problems)).orElse(List.of());
    if (isTheOne) {
      unused(problems);
    }
    Optional<Loaded> loaded =
        pipeline
            .filter(found -> !problems.isBroken("uses") && !problems.isBrokenWithin("uses"))
            .map(
                found ->
                    Pipelines.checked(
                        file.toString(),
                        found,
                        uses,
                        environment.orElse(Environment.NOWHERE),
                        problems));
    return new Outcome(loaded.filter(found -> problems.all().isEmpty()), problems.all());
  }

  private static Optional<String> text(Path file, Problems problems) {
    try {
      return Optional.of(Files.readString(file));
    } catch (IOException e) {
      problems.add(file.toString(), 0, "", "cannot be read as UTF-8 text: " + e.getMessage());
      return Optional.empty();
    }
  }

  private static void require(Pipeline pipeline, Path file, Problems problems) {
    Names.problem(pipeline.pipeline(), Set.of())
        .ifPresent(sentence -> problems.add("pipeline", sentence));
    if (!Pipelines.name(file).equals(pipeline.pipeline())) {
      problems.add(
          "pipeline",
          "is '%s', the file is %s; give both one name"
              .formatted(pipeline.pipeline(), file.getFileName()));
    }
    if (pipeline.sources().isEmpty()
        && pipeline.uses().isEmpty()
        && !problems.isBroken("sources")
        && !problems.isBroken("uses")
        && problems.all().stream().noneMatch(p -> p.key().startsWith("sources"))) {
      problems.add("sources", "declares no source; a pipeline begins with one");
    }
  }

  /** The files under {@code uses:}; if one can't be used, the key is broken. */
  private List<Loaded> used(Pipeline pipeline, Problems problems) {
    List<Loaded> files = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    for (int i = 0; i < pipeline.uses().size(); i++) {
      String name = pipeline.uses().get(i);
      String path = "uses[%d]".formatted(i);
      if (!seen.add(name)) {
        problems.add(path, "%s is listed twice".formatted(name));
      } else if (isUsable(name, path, problems)) {
        Outcome outcome = read(settings.pipeline(name));
        outcome.problems().forEach(p -> problems.add(p.file(), p.line(), p.key(), p.sentence()));
        outcome.loaded().ifPresent(files::add);
        outcome.loaded().ifPresent(used -> cadence(pipeline, used.pipeline(), path, problems));
      }
    }
    if (files.size() < pipeline.uses().size()) {
      problems.breakOff("uses");
    }
    return files;
  }

  private boolean isUsable(String name, String path, Problems problems) {
    if (name.equals(reading.getLast())) {
      problems.add(path, "names this file itself, which needs no uses for what it declares");
      return false;
    }
    if (reading.contains(name)) {
      List<String> circle = new ArrayList<>(reading);
      circle = circle.subList(circle.indexOf(name), circle.size());
      problems.add(path, "goes in a circle: %s -> %s".formatted(String.join(" -> ", circle), name));
      return false;
    }
    List<String> names = new ArrayList<>(Pipelines.names(settings.pipelines()));
    boolean isThere = names.contains(name);
    if (!isThere) {
      names.remove(reading.getLast());
      problems.add(
          path,
          "there is no %s; %s".formatted(settings.pipeline(name), DidYouMean.hint(name, names)));
    }
    return isThere;
  }

  /** Runs compare slices by name, which is by end only where all files cut time alike. */
  private static void cadence(Pipeline own, Pipeline used, String path, Problems problems) {
    boolean isKnown = !problems.isBroken("every") && !problems.isBroken("time-zone");
    if (isKnown && !own.cadence().equals(used.cadence())) {
      problems.add(
          path,
          "%s cuts time every %s in %s, this file every %s in %s; give both one"
              .formatted(
                  used.pipeline(),
                  used.every().text(),
                  used.timeZone(),
                  own.every().text(),
                  own.timeZone()));
    }
  }

  /** A {@code --set} that nothing asks for is a typo. */
  private void unused(Problems problems) {
    for (String name : settings.values().keySet()) {
      if (!asked.contains(name)) {
        problems.add(
            "--set " + name,
            0,
            "",
            "the file has no ${%s}; %s".formatted(name, DidYouMean.hint(name, asked)));
      }
    }
  }

  /** The same for every file that is read. */
  private Optional<Environment> environment(Problems problems) {
    if (environment == null) {
      Problems own = new Problems(settings.environmentsFile().toString());
      environment = readEnvironment(own);
      problemsOfEnvironment = own.all();
    }
    problemsOfEnvironment.forEach(p -> problems.add(p.file(), p.line(), p.key(), p.sentence()));
    return environment;
  }

  private Optional<Environment> readEnvironment(Problems own) {
    Path file = settings.environmentsFile();
    if (!Files.isRegularFile(file)) {
      own.add(
          file.toString(),
          0,
          "",
          "is missing; it says where tables are, as `local: {warehouse: build/warehouse}`");
      return Optional.empty();
    }
    YamlText yaml = new YamlText();
    Values values = new Values(settings, Map.of());
    Map<String, Environment> all = new LinkedHashMap<>();
    text(file, own)
        .flatMap(text -> yaml.compose(file.toString(), text, own))
        .ifPresent(
            root ->
                all.putAll(
                    new RecordReader(yaml, own, values::fillAround)
                        .readMap(Environment.class, root)));
    asked.addAll(values.asked());
    if (!all.containsKey(settings.env()) && own.all().isEmpty()) {
      own.add(
          "--env " + settings.env(),
          0,
          "",
          "%s has no such environment; %s"
              .formatted(file, DidYouMean.hint(settings.env(), all.keySet())));
    }
    return Optional.ofNullable(all.get(settings.env()));
  }
}
