package org.rduzoo.ir;

import java.util.function.DoubleBinaryOperator;

/// Functions of two numbers, with their meaning in float64.
public enum BinaryFn {
    ADD((a, b) -> a + b),
    SUB((a, b) -> a - b),
    MUL((a, b) -> a * b),
    DIV((a, b) -> a / b),
    MAX(Math::max),
    MIN(Math::min),
    POW(Math::pow);

    private final DoubleBinaryOperator meaning;

    BinaryFn(DoubleBinaryOperator meaning) {
        this.meaning = meaning;
    }

    public double apply(double a, double b) {
        return meaning.applyAsDouble(a, b);
    }
}
