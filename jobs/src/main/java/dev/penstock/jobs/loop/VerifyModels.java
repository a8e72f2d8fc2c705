package dev.penstock.jobs.loop;

import static org.apache.spark.sql.functions.col;

import dev.penstock.jobs.RunContext;
import dev.penstock.jobs.ingest.Ingest;
import dev.penstock.jobs.ledger.Judged;
import dev.penstock.lake.Opened;
import dev.penstock.lake.TableDefinition;
import dev.penstock.training.ModelVersion;
import dev.penstock.training.Promotion;
import dev.penstock.validation.Profile;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;

/** Compares the registry with training sets, model files and its own promotions. */
final class VerifyModels {
  private final RunContext run;
  private final Models models;
  private final String pipeline;
  private final List<Inconsistency> found = new ArrayList<>();

  VerifyModels(RunContext run, Models models) {
    this.run = run;
    this.models = models;
    this.pipeline = run.pipeline().pipeline();
  }

  List<Inconsistency> run() {
    trainingSets();
    files();
    profiles();
    promotions();
    return found;
  }

  private Set<String> names() {
    return models.versions().stream()
        .map(ModelVersion::version)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private void trainingSets() {
    String table = "training_sets/" + pipeline;
    Opened opened = run.lake().open(table);
    Set<String> kept = new TreeSet<>();
    if (opened.exists()) {
      if (!pipeline.equals(opened.properties().get(TableDefinition.OWNER))) {
        add(
            table,
            "it belongs to another pipeline",
            "let one pipeline declare it, or name another warehouse");
      }
      kept.addAll(texts(run.lake().read(table), "fingerprint"));
    }
    for (ModelVersion version : models.versions()) {
      if (!kept.remove(version.provenance().fingerprint())) {
        add(
            table,
            "the training set of %s is gone".formatted(version.version()),
            "restore it from a backup: %s can't be reproduced".formatted(version.version()));
      }
    }
    for (String fingerprint : kept) {
      add(
          table,
          "training set %s has no version: its training was interrupted, or could not train"
              .formatted(fingerprint),
          "run the interval that was to train again");
    }
  }

  private void files() {
    String folder = "models/files/" + pipeline;
    Set<String> kept = new TreeSet<>(run.lake().folders(folder));
    for (ModelVersion version : models.versions()) {
      if (!kept.remove(version.version())) {
        add(
            folder,
            "the files of %s are gone".formatted(version.version()),
            "restore them from a backup: it can't score");
      }
    }
    for (String name : kept) {
      add(
          folder,
          "files of %s, which is not registered: its training was interrupted".formatted(name),
          "run the interval that was to train again");
    }
  }

  private void profiles() {
    Set<String> profiled =
        new TreeSet<>(
            texts(
                run.lake()
                    .read(Ingest.PROFILES, Judged.schema(Profile.SCHEMA))
                    .where(col("pipeline").equalTo(pipeline)),
                "table"));
    for (ModelVersion version : models.versions()) {
      if (!profiled.contains(TrainInterval.profiled(run, version.version()))) {
        add(
            "models/versions",
            "%s has no profiles to compare with: its training was interrupted"
                .formatted(version.version()),
            train(version));
      }
    }
  }

  private void promotions() {
    Set<String> promoted = new TreeSet<>();
    for (Promotion promotion : models.promotions()) {
      promoted.add(promotion.version());
      if (models.find(promotion.version()).isEmpty()) {
        add(
            "models/promotions",
            "%s was promoted from %s on, but is not registered"
                .formatted(promotion.version(), promotion.fromSlice()),
            "restore models/versions from a backup");
      }
    }
    for (ModelVersion version : models.versions()) {
      if (version.accepted() && !promoted.contains(version.version())) {
        add(
            "models/promotions",
            "%s was accepted, but never promoted: its training was interrupted"
                .formatted(version.version()),
            train(version));
      }
    }
    String table = PredictedRows.predictions(run);
    if (!run.lake().exists(table)) {
      return;
    }
    Set<String> known = names();
    for (Row row :
        run.lake()
            .read(table)
            .select(TableDefinition.SLICE, "model_version")
            .distinct()
            .orderBy(TableDefinition.SLICE, "model_version")
            .collectAsList()) {
      if (!known.contains(row.getString(1))) {
        found.add(
            Inconsistency.of(
                table,
                row.getString(0),
                "%s made it, which is not registered".formatted(row.getString(1)),
                VerifyTables.again(run, row.getString(0))));
      }
    }
  }

  private String train(ModelVersion version) {
    return "./penstock train %s --date %s".formatted(pipeline, version.provenance().slice());
  }

  private static List<String> texts(Dataset<Row> rows, String column) {
    return rows.select(column).distinct().as(Encoders.STRING()).collectAsList();
  }

  private void add(String table, String what, String remedy) {
    found.add(Inconsistency.of(table, what, remedy));
  }
}
