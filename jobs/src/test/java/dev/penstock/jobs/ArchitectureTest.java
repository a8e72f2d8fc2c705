package dev.penstock.jobs;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Set;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.DataFrameWriter;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;

/** The arrows and rules of the design, which no compiler checks. */
class ArchitectureTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new DoNotIncludeTests())
          .withImportOption(location -> !location.contains("-tests.jar"))
          .importPackages("dev.penstock");

  private static final String VALIDATION = "dev.penstock.validation..";
  private static final String LAKE = "dev.penstock.lake..";
  private static final String FEATURES = "dev.penstock.features..";
  private static final String TRAINING = "dev.penstock.training..";
  private static final String JOBS = "dev.penstock.jobs..";
  private static final String PIPELINE = "dev.penstock.jobs.pipeline..";

  /** Where the wall clock is read: it is recorded and shown, it decides nothing. */
  private static final Set<String> CLOCKS =
      Set.of(
          "dev.penstock.jobs.loop.Models", // when a promotion was recorded
          "dev.penstock.jobs.loop.TrainInterval", // when a version was registered
          "dev.penstock.jobs.loop.RunRange$Step"); // when a run began

  /** Who reads or writes storage: tables, landed files, and a model's own files. */
  private static final Set<String> STORAGE =
      Set.of(
          "dev.penstock.lake.Lake",
          "dev.penstock.jobs.ingest.ReadFiles",
          "dev.penstock.jobs.ingest.FileShapes",
          "dev.penstock.training.Model");

  private static boolean isOneOf(JavaClass type, Set<String> names) {
    return names.stream()
        .anyMatch(name -> type.getName().equals(name) || type.getName().startsWith(name + "$"));
  }

  @Test
  void thereIsSomethingToCheck() {
    assertThat(CLASSES.size()).as("imported classes").isGreaterThan(250);
    for (String part : List.of("validation", "lake", "features", "training", "jobs")) {
      assertThat(CLASSES.that(resideInAPackage("dev.penstock." + part + ".."))).isNotEmpty();
    }
  }

  @Test
  void librariesKnowNoJobAndNotEachOther() {
    noClasses()
        .that(resideInAnyPackage(VALIDATION, LAKE, FEATURES, TRAINING))
        .should()
        .dependOnClassesThat(resideInAPackage(JOBS))
        .because("jobs compose the libraries")
        .check(CLASSES);
    noClasses()
        .that(resideInAPackage(VALIDATION))
        .should()
        .dependOnClassesThat(resideInAnyPackage(LAKE, FEATURES, TRAINING))
        .because("a job is where a gate meets a table")
        .check(CLASSES);
    noClasses()
        .that(resideInAnyPackage(LAKE, FEATURES, TRAINING))
        .should()
        .dependOnClassesThat(resideInAPackage(VALIDATION))
        .because("a job is where a gate meets a table")
        .check(CLASSES);
    noClasses()
        .that(resideInAnyPackage(LAKE, FEATURES))
        .should()
        .dependOnClassesThat(resideInAPackage(TRAINING))
        .because("training stands on the feature store")
        .check(CLASSES);
  }

  @Test
  void packagesFormNoCircle() {
    slices().matching("dev.penstock.(*)..").should().beFreeOfCycles().check(CLASSES);
    noClasses()
        .that(resideInAPackage(PIPELINE))
        .should()
        .dependOnClassesThat(
            resideInAnyPackage(
                "dev.penstock.jobs",
                "dev.penstock.jobs.ingest..",
                "dev.penstock.jobs.loop..",
                "dev.penstock.jobs.ledger..",
                "dev.penstock.jobs.demo..",
                "dev.penstock.jobs.report.."))
        .because("a pipeline file is read before anything runs")
        .check(CLASSES);
    noClasses()
        .that(resideInAPackage("dev.penstock.jobs.ledger.."))
        .should()
        .dependOnClassesThat(
            resideInAnyPackage("dev.penstock.jobs.ingest..", "dev.penstock.jobs.loop.."))
        .because("ingest and the loop write into the ledger")
        .check(CLASSES);
    noClasses()
        .that(resideInAPackage("dev.penstock.jobs.ingest.."))
        .should()
        .dependOnClassesThat(resideInAPackage("dev.penstock.jobs.loop.."))
        .because("the loop runs ingest")
        .check(CLASSES);
  }

  @Test
  void theClientOfAirflowKnowsNoTables() {
    noClasses()
        .that(resideInAPackage("dev.penstock.jobs.airflow.."))
        .should()
        .dependOnClassesThat(
            resideInAnyPackage(
                LAKE,
                "org.apache.spark..",
                "dev.penstock.jobs",
                "dev.penstock.jobs.ingest..",
                "dev.penstock.jobs.loop..",
                "dev.penstock.jobs.ledger..",
                "dev.penstock.jobs.report.."))
        .because("the loop brings its decisions to Airflow, and commands start no Spark for it")
        .check(CLASSES);
  }

  @Test
  void onlyTheLakeKnowsDeltaAndOnlyFewTouchStorage() {
    noClasses()
        .that(
            describe(
                "are neither Lake nor one of its package-private parts",
                (JavaClass type) ->
                    !type.getPackageName().equals("dev.penstock.lake")
                        || (type.getModifiers().contains(JavaModifier.PUBLIC)
                            && !type.getName().startsWith("dev.penstock.lake.Lake"))))
        .should()
        .dependOnClassesThat(resideInAnyPackage("io.delta..", "org.apache.spark.sql.delta.."))
        .because("the lake is the one class by which others touch tables")
        .check(CLASSES);
    noClasses()
        .that(describe("are none of " + STORAGE, (JavaClass type) -> !isOneOf(type, STORAGE)))
        .should()
        .accessTargetWhere(
            describe(
                "is Spark's reader or writer",
                (JavaAccess<?> access) ->
                    access.getTargetOwner().isEquivalentTo(DataFrameReader.class)
                        || access.getTargetOwner().isEquivalentTo(DataFrameWriter.class)))
        .because(
            "Lake reads and writes tables, ReadFiles and FileShapes landed files, Model keeps itself")
        .check(CLASSES);
  }

  @Test
  void onlyCommandsStartSparkAndOnlyPipelineKnowsYaml() {
    noClasses()
        .that()
        .haveNameNotMatching(".*Command(\\$.*)?")
        .should()
        .callMethod(SparkSession.class, "builder")
        .because("a library works in the session that it is given")
        .check(CLASSES);
    noClasses()
        .that()
        .resideOutsideOfPackage(PIPELINE)
        .should()
        .dependOnClassesThat(resideInAPackage("org.yaml.."))
        .because("jobs.pipeline turns YAML into records")
        .check(CLASSES);
    noClasses()
        .that(resideInAPackage(PIPELINE))
        .should()
        .dependOnClassesThat()
        .areAssignableTo(SparkSession.class)
        .because("a pipeline file is checked without Spark")
        .check(CLASSES);
  }

  @Test
  void theWallClockDecidesNothing() {
    noClasses()
        .that(describe("are none of " + CLOCKS, (JavaClass type) -> !isOneOf(type, CLOCKS)))
        .should()
        .callMethod(Instant.class, "now")
        .orShould()
        .callMethod(LocalDate.class, "now")
        .orShould()
        .callMethod(LocalDateTime.class, "now")
        .orShould()
        .callMethod(System.class, "currentTimeMillis")
        .because("the date always comes from the caller; time to the nanosecond measures durations")
        .check(CLASSES);
  }

  @Test
  void nobodyPrintsPastTheCommandAndNamesSayWhatThingsAre() {
    noClasses()
        .should()
        .accessField(System.class, "out")
        .orShould()
        .accessField(System.class, "err")
        .because("a command's writers are picocli's, so that tests and callers can read them")
        .check(CLASSES);
    noClasses()
        .should()
        .haveSimpleNameEndingWith("Utils")
        .orShould()
        .haveSimpleNameEndingWith("Helper")
        .orShould()
        .haveSimpleNameEndingWith("Manager")
        .orShould()
        .haveSimpleNameStartingWith("Base")
        .orShould()
        .haveSimpleNameStartingWith("Abstract")
        .because("a name says what a thing is")
        .check(CLASSES);
  }
}
