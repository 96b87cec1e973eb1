package org.rduzoo.ir;

/// Comparisons of two numbers.
public enum CompareFn {
    EQ,
    NE,
    LT,
    LE;

    public boolean test(double a, double b) {
        return switch (this) {
            case EQ -> a == b;
            case NE -> a != b;
            case LT -> a < b;
            case LE -> a <= b;
        };
    }
}
