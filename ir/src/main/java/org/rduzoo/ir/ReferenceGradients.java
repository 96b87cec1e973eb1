package org.rduzoo.ir;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// The meaning of [Gradient] operations.
final class ReferenceGradients {

    private ReferenceGradients() {}

    static List<double[]> evaluate(Gradient op, Function<Value, Dense> in) {
        return switch (op) {
            case Gradient.AttentionGradient a ->
                new ReferenceAttention(a.forward(), in)
                        .gradients(
                                in.apply(a.out()).data(),
                                in.apply(a.logSum()).data(),
                                in.apply(a.gradient()).data());
            case Gradient.EmbeddingGradient(Value gradient, Value ids, int rows, Optional<Long> padding) ->
                List.of(embedding(in.apply(gradient), in.apply(ids), rows, padding.orElse(-1L)));
            case Gradient.CrossEntropyGradient c -> List.of(crossEntropy(c, in));
            case Gradient.LayerNormGradient(Value x, Optional<Value> weight, Value gradient, double epsilon) ->
                layerNorm(in.apply(x), weight.map(in), in.apply(gradient), epsilon);
            case Gradient.RmsNormGradient(Value x, Optional<Value> weight, Value gradient, double epsilon) ->
                rmsNorm(in.apply(x), weight.map(in), in.apply(gradient), epsilon);
        };
    }

    private static double[] embedding(Dense gradient, Dense ids, int rows, long padding) {
        int width = gradient.shape().dim(-1);
        double[] out = new double[Math.multiplyExact(rows, width)];
        for (int i = 0; i < ids.data().length; i++) {
            int row = ReferenceLayout.index(ids, i, rows, "id", "the table's rows");
            for (int j = 0; j < width && row != padding; j++) {
                out[row * width + j] += gradient.data()[i * width + j];
            }
        }
        return out;
    }

    private static double[] crossEntropy(Gradient.CrossEntropyGradient op, Function<Value, Dense> in) {
        double[] logits = in.apply(op.logits()).data();
        Dense targets = in.apply(op.targets());
        double[] logSums = in.apply(op.logSum()).data();
        double[] gradient = in.apply(op.gradient()).data();
        int classes = op.logits().shape().dim(-1);
        double spread = op.labelSmoothing() / classes;
        double[] out = new double[logits.length];
        for (int row = 0; row < logSums.length; row++) {
            if (targets.data()[row] == op.ignoreIndex()) {
                continue;
            }
            int target = ReferenceLayout.index(targets, row, classes, "target", "the classes");
            for (int i = 0; i < classes; i++) {
                double wanted = (i == target ? 1 - op.labelSmoothing() : 0) + spread;
                int at = row * classes + i;
                out[at] = gradient[row] * (Math.exp(logits[at] - logSums[row]) - wanted);
            }
        }
        return out;
    }

    private static List<double[]> layerNorm(Dense x, Optional<Dense> weight, Dense gradient, double epsilon) {
        int width = x.shape().dim(-1);
        double[] byX = new double[x.data().length];
        double[] byWeight = new double[width];
        double[] byBias = new double[width];
        double[] normal = new double[width];
        double[] byNormal = new double[width];
        for (int row = 0; row < byX.length; row += width) {
            double mean = 0;
            for (int i = 0; i < width; i++) {
                mean += x.data()[row + i] / width;
            }
            double variance = 0;
            for (int i = 0; i < width; i++) {
                double d = x.data()[row + i] - mean;
                variance += d * d / width;
            }
            double scale = 1 / Math.sqrt(variance + epsilon);
            double shift = 0;
            double tilt = 0;
            for (int i = 0; i < width; i++) {
                double g = gradient.data()[row + i];
                normal[i] = (x.data()[row + i] - mean) * scale;
                byNormal[i] = g * (weight.isPresent() ? weight.get().data()[i] : 1);
                byWeight[i] += g * normal[i];
                byBias[i] += g;
                shift += byNormal[i] / width;
                tilt += byNormal[i] * normal[i] / width;
            }
            for (int i = 0; i < width; i++) {
                byX[row + i] = scale * (byNormal[i] - shift - normal[i] * tilt);
            }
        }
        return List.of(byX, byWeight, byBias);
    }

    private static List<double[]> rmsNorm(Dense x, Optional<Dense> weight, Dense gradient, double epsilon) {
        int width = x.shape().dim(-1);
        double[] byX = new double[x.data().length];
        double[] byWeight = new double[width];
        for (int row = 0; row < byX.length; row += width) {
            double meanSquare = 0;
            for (int i = 0; i < width; i++) {
                meanSquare += x.data()[row + i] * x.data()[row + i] / width;
            }
            double scale = 1 / Math.sqrt(meanSquare + epsilon);
            double tilt = 0;
            for (int i = 0; i < width; i++) {
                double normal = x.data()[row + i] * scale;
                byWeight[i] += gradient.data()[row + i] * normal;
                tilt += weighted(gradient, weight, row, i) * normal / width;
            }
            for (int i = 0; i < width; i++) {
                byX[row + i] = scale * (weighted(gradient, weight, row, i) - x.data()[row + i] * scale * tilt);
            }
        }
        return List.of(byX, byWeight);
    }

    private static double weighted(Dense gradient, Optional<Dense> weight, int row, int i) {
        return gradient.data()[row + i] * (weight.isPresent() ? weight.get().data()[i] : 1);
    }
}
