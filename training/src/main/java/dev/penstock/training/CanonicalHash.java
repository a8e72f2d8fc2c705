package dev.penstock.training;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.apache.spark.ml.PredictionModel;
import org.apache.spark.ml.classification.LogisticRegressionModel;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.regression.LinearRegressionModel;
import org.apache.spark.ml.tree.ContinuousSplit;
import org.apache.spark.ml.tree.DecisionTreeModel;
import org.apache.spark.ml.tree.InternalNode;
import org.apache.spark.ml.tree.Node;
import org.apache.spark.ml.tree.TreeEnsembleModel;

/** SHA-256 over a model's numbers in a fixed order. Each value is preceded by what it is. */
final class CanonicalHash {
  private final MessageDigest digest;

  CanonicalHash() {
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  CanonicalHash add(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return add('s', bytes.length).add(bytes);
  }

  CanonicalHash add(PredictionModel<Vector, ?> model) {
    if (model instanceof LogisticRegressionModel linear) {
      return add(linear.coefficients()).add(linear.intercept());
    }
    if (model instanceof LinearRegressionModel linear) {
      return add(linear.coefficients()).add(linear.intercept());
    }
    if (model instanceof TreeEnsembleModel<?> ensemble) {
      add(ensemble.treeWeights());
      for (DecisionTreeModel tree : ensemble.trees()) {
        add(tree.rootNode());
      }
      return this;
    }
    throw new IllegalStateException("Cannot hash a " + model.getClass().getName());
  }

  String hex() {
    return HexFormat.of().formatHex(digest.digest());
  }

  private CanonicalHash add(Node node) {
    if (node instanceof InternalNode inner) {
      ContinuousSplit split = (ContinuousSplit) inner.split();
      return add('n', split.featureIndex())
          .add(split.threshold())
          .add(inner.leftChild())
          .add(inner.rightChild());
    }
    return add('l', 0).add(node.prediction()).add(node.impurityStats().stats());
  }

  private CanonicalHash add(Vector vector) {
    return add(vector.toArray());
  }

  private CanonicalHash add(double[] values) {
    add('v', values.length);
    for (double value : values) {
      add(value);
    }
    return this;
  }

  private CanonicalHash add(double value) {
    return add(ByteBuffer.allocate(8).putLong(Double.doubleToLongBits(value + 0.0)).array());
  }

  private CanonicalHash add(char what, int number) {
    return add(ByteBuffer.allocate(6).putChar(what).putInt(number).array());
  }

  private CanonicalHash add(byte[] bytes) {
    digest.update(bytes);
    return this;
  }
}
