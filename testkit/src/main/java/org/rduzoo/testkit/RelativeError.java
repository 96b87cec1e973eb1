package org.rduzoo.testkit;

import org.rduzoo.ir.Dense;

/// How far a tensor is from what it should be: max |a − b| / max |b|.
public final class RelativeError {

    private RelativeError() {}

    /// The error of `actual`; infinite where one has a number and the other none, or where all should be 0 and is not.
    ///
    /// @throws IllegalArgumentException when the shapes differ
    public static double of(Dense actual, Dense expected) {
        if (!actual.shape().equals(expected.shape())) {
            throw new IllegalArgumentException("the shape is " + actual.shape() + " instead of " + expected.shape());
        }
        double difference = 0;
        double greatest = 0;
        for (int i = 0; i < expected.data().length; i++) {
            double a = actual.data()[i];
            double b = expected.data()[i];
            if (Double.compare(a, b) != 0) {
                double d = Math.abs(a - b);
                difference = Math.max(difference, Double.isNaN(d) ? Double.POSITIVE_INFINITY : d);
            }
            greatest = Double.isFinite(b) ? Math.max(greatest, Math.abs(b)) : greatest;
        }
        return difference == 0 ? 0 : difference / greatest;
    }
}
