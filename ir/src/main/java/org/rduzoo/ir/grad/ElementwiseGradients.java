package org.rduzoo.ir.grad;

import org.rduzoo.ir.BinaryFn;
import org.rduzoo.ir.CompareFn;
import org.rduzoo.ir.Elementwise;
import org.rduzoo.ir.Elementwise.Binary;
import org.rduzoo.ir.Elementwise.Cast;
import org.rduzoo.ir.Elementwise.Compare;
import org.rduzoo.ir.Elementwise.Dropout;
import org.rduzoo.ir.Elementwise.Select;
import org.rduzoo.ir.Elementwise.Unary;
import org.rduzoo.ir.Node;
import org.rduzoo.ir.UnaryFn;
import org.rduzoo.ir.Value;

/// The gradients of [Elementwise].
final class ElementwiseGradients {

    private ElementwiseGradients() {}

    static void propagate(Elementwise op, Node node, Adjoints to) {
        Value y = node.result();
        Value g = to.of(y).orElseThrow();
        switch (op) {
            case Unary(UnaryFn fn, Value x) -> to.add(x, unary(fn, x, y, g, to));
            case Binary binary -> binary(binary, y, g, to);
            case Select(Value condition, Value then, Value otherwise) -> {
                Value zero = to.number(g.dtype(), 0);
                if (to.isNeeded(then)) {
                    to.addStretched(then, to.emit(new Select(condition, g, zero)));
                }
                if (to.isNeeded(otherwise)) {
                    to.addStretched(otherwise, to.emit(new Select(condition, zero, g)));
                }
            }
            case Cast(Value x, var _) -> to.add(x, g);
            case Dropout(Value x, Value seed, Value probability, long layer) -> {
                if (to.isNeeded(probability)) {
                    throw NoGradient.of(node, "its probability is no function to differentiate by");
                }
                to.add(x, to.emit(new Dropout(g, seed, probability, layer)));
            }
            case Compare _ -> throw NoGradient.of(node, "truth values do not change by degrees");
        }
    }

    /// The gradient by `x` of `y = fn(x)`. Where it can be told from `y`, it is: `y` is what the next product keeps.
    static Value unary(UnaryFn fn, Value x, Value y, Value g, Adjoints to) {
        Value zero = to.number(x.dtype(), 0);
        return switch (fn) {
            case NEG -> to.unary(UnaryFn.NEG, g);
            case ABS ->
                to.where(CompareFn.LT, zero, x, g, to.where(CompareFn.LT, x, zero, to.unary(UnaryFn.NEG, g), zero));
            case EXP -> to.times(g, y);
            case LOG -> to.binary(BinaryFn.DIV, g, x);
            case SQRT -> to.binary(BinaryFn.DIV, to.times(g, 0.5), y);
            case RSQRT -> to.times(to.times(g, -0.5), to.times(y, to.times(y, y)));
            case RECIPROCAL -> to.unary(UnaryFn.NEG, to.times(g, to.times(y, y)));
            case TANH -> to.times(g, to.from(1, to.times(y, y)));
            case ERF -> to.times(g, to.times(bell(x, 1, to), 2 / Math.sqrt(Math.PI)));
            case SIGMOID -> to.times(g, to.times(y, to.from(1, y)));
            case RELU -> to.where(CompareFn.LT, zero, y, g, zero);
            case GELU -> {
                Value below = to.plus(to.times(to.unary(UnaryFn.ERF, to.times(x, Math.sqrt(0.5))), 0.5), 0.5);
                Value density = to.times(bell(x, 0.5, to), 1 / Math.sqrt(2 * Math.PI));
                yield to.times(g, to.binary(BinaryFn.ADD, below, to.times(x, density)));
            }
            case GELU_TANH -> geluTanh(x, g, to);
            case SILU -> {
                Value s = to.unary(UnaryFn.SIGMOID, x);
                yield to.times(g, to.times(s, to.plus(to.times(x, to.from(1, s)), 1)));
            }
            case SOFTPLUS -> to.times(g, to.unary(UnaryFn.SIGMOID, x));
        };
    }

    /// `exp(−width · x²)`
    private static Value bell(Value x, double width, Adjoints to) {
        return to.unary(UnaryFn.EXP, to.times(to.times(x, x), -width));
    }

    /// With `t = tanh(u(x))`: `(1 + t)/2 + x/2 · (1 − t²) · u'(x)`.
    private static Value geluTanh(Value x, Value g, Adjoints to) {
        double slope = Math.sqrt(2 / Math.PI);
        Value square = to.times(x, x);
        Value u = to.times(x, to.plus(to.times(square, 0.044715 * slope), slope));
        Value uSlope = to.plus(to.times(square, 3 * 0.044715 * slope), slope);
        Value t = to.unary(UnaryFn.TANH, u);
        Value steep = to.times(to.times(x, to.from(1, to.times(t, t))), uSlope);
        Value sum = to.binary(BinaryFn.ADD, to.plus(t, 1), steep);
        return to.times(g, to.times(sum, 0.5));
    }

    private static void binary(Binary op, Value y, Value g, Adjoints to) {
        Value a = op.lhs();
        Value b = op.rhs();
        switch (op.fn()) {
            case ADD -> {
                to.addStretched(a, g);
                to.addStretched(b, g);
            }
            case SUB -> {
                to.addStretched(a, g);
                if (to.isNeeded(b)) {
                    to.addStretched(b, to.unary(UnaryFn.NEG, g));
                }
            }
            case MUL -> {
                if (to.isNeeded(a)) {
                    to.addStretched(a, to.times(g, b));
                }
                if (to.isNeeded(b)) {
                    to.addStretched(b, to.times(g, a));
                }
            }
            case DIV -> {
                if (to.isNeeded(a)) {
                    to.addStretched(a, to.binary(BinaryFn.DIV, g, b));
                }
                if (to.isNeeded(b)) {
                    Value quotient = to.binary(BinaryFn.DIV, to.times(g, y), b);
                    to.addStretched(b, to.unary(UnaryFn.NEG, quotient));
                }
            }
            case MAX -> chosen(op, g, to.number(g.dtype(), 0), to);
            case MIN -> chosen(op, to.number(g.dtype(), 0), g, to);
            case POW -> {
                if (to.isNeeded(a)) {
                    Value lower = to.binary(BinaryFn.POW, a, to.plus(b, -1));
                    to.addStretched(a, to.times(g, to.times(b, lower)));
                }
                if (to.isNeeded(b)) {
                    to.addStretched(b, to.times(g, to.times(y, to.unary(UnaryFn.LOG, a))));
                }
            }
        }
    }

    /// Gives `g` to the greater and to the smaller where each was chosen. Of two equal numbers the second counts as the
    /// greater, so that a bound of 0 does to a gradient what ReLU does.
    private static void chosen(Binary op, Value toGreater, Value toSmaller, Adjoints to) {
        if (to.isNeeded(op.lhs())) {
            to.addStretched(op.lhs(), to.where(CompareFn.LT, op.rhs(), op.lhs(), toGreater, toSmaller));
        }
        if (to.isNeeded(op.rhs())) {
            to.addStretched(op.rhs(), to.where(CompareFn.LT, op.rhs(), op.lhs(), toSmaller, toGreater));
        }
    }
}
