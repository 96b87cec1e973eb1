package org.rduzoo.runners;

import java.util.SequencedMap;

/// How far an output is from what it should be, over all that is added.
final class Comparison {

    private final String name;
    private final double tolerance;
    private double largest;
    private double worst;
    private boolean numbers = true;

    /// @param tolerance the greatest difference, as a part of the greatest expected number
    Comparison(String name, double tolerance) {
        this.name = name;
        this.tolerance = tolerance;
    }

    String name() {
        return name;
    }

    void add(double[] expected, float[] found) {
        for (int i = 0; i < expected.length; i++) {
            largest = Math.max(largest, Math.abs(expected[i]));
            worst = Math.max(worst, Math.abs(found[i] - expected[i]));
            numbers &= Float.isFinite(found[i]);
        }
    }

    private double relative() {
        return largest == 0 ? worst : worst / largest;
    }

    boolean ok() {
        return numbers && relative() <= tolerance;
    }

    SequencedMap<String, Object> row() {
        return TableResult.row(
                "name",
                name,
                "max_abs",
                numbers ? worst : Double.NaN,
                "relative",
                numbers ? relative() : Double.NaN,
                "tolerance",
                tolerance,
                "ok",
                ok());
    }
}
