package org.rduzoo.runners;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/// How well guesses fit what was measured.
final class TimingStatistics {

    private TimingStatistics() {}

    /// What is guessed over what was measured, less one.
    static double error(double guessed, double measured) {
        return guessed / measured - 1;
    }

    /// Of the errors' sizes.
    static double medianError(List<Double> guessed, List<Double> measured) {
        double[] errors = IntStream.range(0, guessed.size())
                .mapToDouble(i -> Math.abs(error(guessed.get(i), measured.get(i))))
                .sorted()
                .toArray();
        int half = errors.length / 2;
        return errors.length % 2 == 1 ? errors[half] : (errors[half - 1] + errors[half]) / 2;
    }

    /// Spearman's: 1 if guesses stand in the order of what was measured.
    static double rankCorrelation(List<Double> guessed, List<Double> measured) {
        double[] a = ranks(guessed);
        double[] b = ranks(measured);
        double mean = (a.length + 1) / 2.0;
        double both = 0;
        double left = 0;
        double right = 0;
        for (int i = 0; i < a.length; i++) {
            both += (a[i] - mean) * (b[i] - mean);
            left += (a[i] - mean) * (a[i] - mean);
            right += (b[i] - mean) * (b[i] - mean);
        }
        return left == 0 || right == 0 ? 0 : both / Math.sqrt(left * right);
    }

    /// From 1; equal values share the mean of theirs.
    private static double[] ranks(List<Double> values) {
        double[] ranks = new double[values.size()];
        for (int i = 0; i < ranks.length; i++) {
            double value = values.get(i);
            double below = values.stream().filter(v -> v < value).count();
            double same = values.stream().filter(v -> v == value).count();
            ranks[i] = below + (same + 1) / 2;
        }
        return ranks;
    }

    /// The guesses of a law `seconds = c · flops^a · bytes^b`, for each row with the constants that fit all others best
    /// by least squares of logarithms.
    static List<Double> smoothFit(List<Double> flops, List<Double> bytes, List<Double> measured) {
        return IntStream.range(0, measured.size())
                .mapToObj(left -> {
                    double[][] sums = new double[3][4];
                    for (int i = 0; i < measured.size(); i++) {
                        if (i != left) {
                            double[] x = {1, Math.log(flops.get(i)), Math.log(bytes.get(i)), Math.log(measured.get(i))};
                            for (int r = 0; r < 3; r++) {
                                for (int c = 0; c < 4; c++) {
                                    sums[r][c] += x[r] * x[c];
                                }
                            }
                        }
                    }
                    double[] law = solve(sums);
                    return Math.exp(law[0] + law[1] * Math.log(flops.get(left)) + law[2] * Math.log(bytes.get(left)));
                })
                .toList();
    }

    /// Solves equations by elimination, the largest pivot first; what they leave open is 0.
    private static double[] solve(double[][] rows) {
        int n = rows.length;
        double[] solution = new double[n];
        boolean[] settled = new boolean[n];
        double scale = Arrays.stream(rows)
                .flatMapToDouble(Arrays::stream)
                .map(Math::abs)
                .max()
                .orElse(1);
        int[] pivotOf = new int[n];
        Arrays.fill(pivotOf, -1);
        for (int column = 0; column < n; column++) {
            int pivot = -1;
            for (int r = 0; r < n; r++) {
                if (!settled[r] && (pivot < 0 || Math.abs(rows[r][column]) > Math.abs(rows[pivot][column]))) {
                    pivot = r;
                }
            }
            if (pivot < 0 || Math.abs(rows[pivot][column]) < 1e-9 * scale) {
                continue;
            }
            settled[pivot] = true;
            pivotOf[column] = pivot;
            for (int r = 0; r < n; r++) {
                double factor = rows[r][column] / rows[pivot][column];
                for (int c = column; r != pivot && c <= n; c++) {
                    rows[r][c] -= factor * rows[pivot][c];
                }
            }
        }
        for (int column = 0; column < n; column++) {
            if (pivotOf[column] >= 0) {
                solution[column] = rows[pivotOf[column]][n] / rows[pivotOf[column]][column];
            }
        }
        return solution;
    }
}
