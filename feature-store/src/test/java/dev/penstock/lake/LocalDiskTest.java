package dev.penstock.lake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.apache.hadoop.fs.FileContext;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.permission.FsPermission;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What Hadoop's own does by other processes. */
class LocalDiskTest {
  @TempDir java.nio.file.Path folder;

  private final Configuration configuration = new Configuration();
  private FileSystem files;
  private java.nio.file.Path written;

  @BeforeEach
  void writeAFile() throws IOException {
    configuration.set("fs.file.impl", LocalDisk.class.getName());
    configuration.set("fs.AbstractFileSystem.file.impl", LocalDisk.Context.class.getName());
    files = FileSystem.newInstance(URI.create("file:///"), configuration);
    written = Files.writeString(folder.resolve("a file"), "seven 7");
  }

  @Test
  void permissionsAreThoseAskedFor() throws IOException {
    assertThat(files).isInstanceOf(LocalDisk.class).isInstanceOf(LocalFileSystem.class);
    files.setPermission(path(written), new FsPermission((short) 0640));
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(written)))
        .isEqualTo("rw-r-----");
  }

  @Test
  void aLinkLooksAsItDoesToHadoop() throws IOException {
    java.nio.file.Path link = Files.createSymbolicLink(folder.resolve("link"), written);
    FileContext own = FileContext.getFileContext(URI.create("file:///"), configuration);
    FileContext hadoops = FileContext.getFileContext(URI.create("file:///"), new Configuration());
    for (java.nio.file.Path file : List.of(link, written)) {
      FileStatus status = own.getFileLinkStatus(path(file));
      FileStatus expected = hadoops.getFileLinkStatus(path(file));
      assertThat(status.isSymlink()).isEqualTo(expected.isSymlink());
      assertThat(status.getLen()).isEqualTo(expected.getLen());
      assertThat(status.getPath()).isEqualTo(expected.getPath());
    }
  }

  @Test
  void aRenameNeverReplacesAFile() throws IOException {
    FileContext context = FileContext.getFileContext(URI.create("file:///"), configuration);
    java.nio.file.Path other = Files.writeString(folder.resolve("other"), "8");
    assertThatThrownBy(() -> context.rename(path(written), path(other)))
        .isInstanceOf(FileAlreadyExistsException.class);
    assertThat(other).hasContent("8");
    context.rename(path(written), path(folder.resolve("new")));
    assertThat(folder.resolve("new")).hasContent("seven 7");
    assertThat(written).doesNotExist();
  }

  private static Path path(java.nio.file.Path file) {
    return new Path(file.toUri());
  }
}
