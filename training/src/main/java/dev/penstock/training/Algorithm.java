package dev.penstock.training;

import static dev.penstock.training.Parameter.choice;
import static dev.penstock.training.Parameter.number;
import static dev.penstock.training.Parameter.whole;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The learners, each with the parameters that a candidate may set. Names of parameters are MLlib's;
 * the defaults are ours where MLlib's own overfit small data (regularisation, rows per leaf).
 */
public enum Algorithm {
  /** Regularised by default (regParam 0.01); MLlib standardises the columns. */
  LOGISTIC_REGRESSION(
      "logistic-regression",
      EnumSet.of(LabelKind.CLASSIFICATION),
      number("regParam", 0.01),
      number("elasticNetParam", 0.0),
      whole("maxIter", 100),
      number("tol", 1e-6)),
  /** 50 trees of depth 8, at least 5 rows per leaf. */
  RANDOM_FOREST(
      "random-forest",
      EnumSet.allOf(LabelKind.class),
      whole("numTrees", 50),
      whole("maxDepth", 8),
      whole("maxBins", 32),
      whole("minInstancesPerNode", 5),
      number("minInfoGain", 0.0),
      number("subsamplingRate", 1.0),
      choice("featureSubsetStrategy", "auto", "auto", "all", "sqrt", "log2", "onethird")),
  /** 20 trees of depth 5 with step 0.1, at least 5 rows per leaf. */
  GRADIENT_BOOSTED_TREES(
      "gradient-boosted-trees",
      EnumSet.allOf(LabelKind.class),
      whole("maxIter", 20),
      whole("maxDepth", 5),
      number("stepSize", 0.1),
      whole("maxBins", 32),
      whole("minInstancesPerNode", 5),
      number("minInfoGain", 0.0),
      number("subsamplingRate", 1.0),
      choice("featureSubsetStrategy", "all", "auto", "all", "sqrt", "log2", "onethird")),
  /** Least squares, regularised by default (regParam 0.01); MLlib standardises the columns. */
  LINEAR_REGRESSION(
      "linear-regression",
      EnumSet.of(LabelKind.REGRESSION),
      number("regParam", 0.01),
      number("elasticNetParam", 0.0),
      whole("maxIter", 100),
      number("tol", 1e-6));

  private final String text;
  private final Set<LabelKind> kinds;
  private final List<Parameter> parameters;

  Algorithm(String text, Set<LabelKind> kinds, Parameter... parameters) {
    this.text = text;
    this.kinds = kinds;
    this.parameters = List.of(parameters);
  }

  /** The name in the pipeline file. */
  public String text() {
    return text;
  }

  /** What a candidate may set, with defaults. */
  public List<Parameter> parameters() {
    return parameters;
  }

  /** Can it learn labels of this kind? */
  public boolean learns(LabelKind kind) {
    return kinds.contains(kind);
  }

  /** The parameter of that name. */
  public Optional<Parameter> findParameter(String name) {
    return parameters.stream().filter(p -> p.name().equals(name)).findFirst();
  }

  /** The algorithm of that name in the pipeline file. */
  public static Optional<Algorithm> find(String text) {
    return Arrays.stream(values()).filter(a -> a.text.equals(text)).findFirst();
  }

  /** All names, for messages. */
  public static String known() {
    return Arrays.stream(values()).map(Algorithm::text).collect(Collectors.joining(", "));
  }
}
