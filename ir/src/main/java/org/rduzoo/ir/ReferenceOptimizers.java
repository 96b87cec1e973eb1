package org.rduzoo.ir;

import java.util.List;
import java.util.function.Function;

/// The meaning of [Optimizer] operations.
final class ReferenceOptimizers {

    private ReferenceOptimizers() {}

    static List<double[]> evaluate(Optimizer op, Function<Value, Dense> in) {
        return switch (op) {
            case Optimizer.GlobalNorm(List<Value> gradients) ->
                List.of(new double[] {norm(gradients.stream().map(in).toList())});
            case Optimizer.AdamW adamW -> adamW(adamW, in);
            case Optimizer.Sgd sgd -> sgd(sgd, in);
        };
    }

    private static double norm(List<Dense> gradients) {
        double sum = 0;
        for (Dense gradient : gradients) {
            for (double g : gradient.data()) {
                sum += g * g;
            }
        }
        return Math.sqrt(sum);
    }

    private static List<double[]> adamW(Optimizer.AdamW op, Function<Value, Dense> in) {
        double scale = scalar(op.scale(), in);
        double lr = scalar(op.lr(), in);
        double beta1 = scalar(op.beta1(), in);
        double beta2 = scalar(op.beta2(), in);
        double step = scalar(op.step(), in);
        double kept = 1 - lr * scalar(op.weightDecay(), in);
        double epsilon = scalar(op.epsilon(), in);
        double[] gradient = in.apply(op.gradient()).data();
        double[] parameter = in.apply(op.parameter()).data().clone();
        double[] first = in.apply(op.firstMoment()).data().clone();
        double[] second = in.apply(op.secondMoment()).data().clone();
        for (int i = 0; i < parameter.length; i++) {
            double g = scale * gradient[i];
            first[i] = beta1 * first[i] + (1 - beta1) * g;
            second[i] = beta2 * second[i] + (1 - beta2) * g * g;
            double mean = first[i] / (1 - Math.pow(beta1, step));
            double root = Math.sqrt(second[i] / (1 - Math.pow(beta2, step)));
            parameter[i] = kept * parameter[i] - lr * mean / (root + epsilon);
        }
        round(op, op.layer(), parameter, in);
        return List.of(parameter, first, second);
    }

    private static List<double[]> sgd(Optimizer.Sgd op, Function<Value, Dense> in) {
        double scale = scalar(op.scale(), in);
        double lr = scalar(op.lr(), in);
        double momentum = scalar(op.momentum(), in);
        double weightDecay = scalar(op.weightDecay(), in);
        double[] gradient = in.apply(op.gradient()).data();
        double[] parameter = in.apply(op.parameter()).data().clone();
        boolean keeps = op.velocity().isPresent();
        double[] velocity =
                op.velocity().map(v -> in.apply(v).data().clone()).orElseGet(() -> new double[parameter.length]);
        for (int i = 0; i < parameter.length; i++) {
            double g = scale * gradient[i] + weightDecay * parameter[i];
            velocity[i] = keeps ? momentum * velocity[i] + g : g;
            parameter[i] -= lr * (keeps && op.nesterov() ? g + momentum * velocity[i] : velocity[i]);
        }
        round(op, op.layer(), parameter, in);
        return keeps ? List.of(parameter, velocity) : List.of(parameter);
    }

    private static void round(Optimizer.Updating op, long layer, double[] parameter, Function<Value, Dense> in) {
        op.seed().ifPresent(seed -> {
            long from = (long) scalar(seed, in);
            for (int i = 0; i < parameter.length; i++) {
                parameter[i] = RoundingNumbers.round(parameter[i], from, layer, i);
            }
        });
    }

    private static double scalar(Value value, Function<Value, Dense> in) {
        return in.apply(value).data()[0];
    }
}
