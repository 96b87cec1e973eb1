package org.rduzoo.ir.pass;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Stream;
import org.rduzoo.ir.BinaryFn;
import org.rduzoo.ir.Elementwise.Binary;
import org.rduzoo.ir.Elementwise.Unary;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.Node;
import org.rduzoo.ir.Op;
import org.rduzoo.ir.Ops;
import org.rduzoo.ir.Pass;
import org.rduzoo.ir.UnaryFn;
import org.rduzoo.ir.Value;

/// Names activations written by hand: sigmoid, SiLU, softplus, ReLU, and GELU by erf or by tanh in any arrangement of
/// its factors.
///
/// Before: `%1 = div(%0, 1.4142135); %2 = erf(%1); %3 = add(%2, 1); %4 = mul(%0, %3); %5 = mul(%4, 0.5)`
///
/// After: `%1 = gelu(%0)`
public record FuseActivation() implements Pass {

    private static final double[] HALF_X = {0, 0.5, 0, 0};
    private static final double[] ERF_INPUT = {0, Math.sqrt(0.5), 0, 0};
    private static final double[] TANH_INPUT = {0, Math.sqrt(2 / Math.PI), 0, 0.044715 * Math.sqrt(2 / Math.PI)};

    /// How deep the products of a GELU's factors may nest, and how many values its argument may span.
    private static final int MAX_DEPTH = 3;

    private static final int MAX_TERMS = 12;

    @Override
    public String name() {
        return "fuse-activation";
    }

    /// A sigmoid written by hand has to have its name before the SiLU around it is seen.
    @Override
    public Graph run(Graph graph) {
        Graph named = Fusion.run(graph, (root, uses) -> oneOf(root, uses, FuseActivation::sigmoid));
        return Fusion.run(
                named,
                (root, uses) -> oneOf(
                        root,
                        uses,
                        FuseActivation::silu,
                        FuseActivation::softplus,
                        FuseActivation::relu,
                        FuseActivation::gelu));
    }

    private interface Form {
        Optional<Unary> match(Value v, Uses uses);
    }

    private static Optional<Fusion.Match> oneOf(Node root, Uses uses, Form... forms) {
        return Stream.of(forms)
                .flatMap(f -> f.match(root.result(), uses).stream())
                .filter(u -> u.x().type().equals(root.result().type())
                        && u.x().dtype().isFloat())
                .map(Fusion.Match::of)
                .findFirst();
    }

    /// `1 / (1 + exp(−x))`
    private static Optional<Unary> sigmoid(Value v, Uses uses) {
        return Terms.argument(v, UnaryFn.RECIPROCAL, uses)
                .flatMap(d -> onePlusExp(d, uses))
                .flatMap(e -> Terms.argument(e, UnaryFn.NEG, uses))
                .map(x -> new Unary(UnaryFn.SIGMOID, x));
    }

    /// `x · sigmoid(x)`, or `x / (1 + exp(−x))`
    private static Optional<Unary> silu(Value v, Uses uses) {
        Stream<Value> product = Terms.either(v, BinaryFn.MUL, uses)
                .filter(p -> Terms.argument(p.b(), UnaryFn.SIGMOID, uses)
                        .filter(p.a()::equals)
                        .isPresent())
                .map(Terms.Pair::a);
        Stream<Value> quotient = uses.op(v) instanceof Binary(BinaryFn fn, Value x, Value d)
                        && fn == BinaryFn.DIV
                        && onePlusExp(d, uses)
                                .flatMap(e -> Terms.argument(e, UnaryFn.NEG, uses))
                                .filter(x::equals)
                                .isPresent()
                ? Stream.of(x)
                : Stream.empty();
        return Stream.concat(product, quotient)
                .map(x -> new Unary(UnaryFn.SILU, x))
                .findFirst();
    }

    /// `log(1 + exp(x))`
    private static Optional<Unary> softplus(Value v, Uses uses) {
        return Terms.argument(v, UnaryFn.LOG, uses)
                .flatMap(s -> onePlusExp(s, uses))
                .map(x -> new Unary(UnaryFn.SOFTPLUS, x));
    }

    private static Optional<Value> onePlusExp(Value v, Uses uses) {
        return Terms.shifted(v, uses)
                .filter(s -> s.number() == 1)
                .flatMap(s -> Terms.argument(s.x(), UnaryFn.EXP, uses));
    }

    private static Optional<Unary> relu(Value v, Uses uses) {
        return Terms.either(v, BinaryFn.MAX, uses)
                .filter(p -> Terms.number(p.b(), uses).equals(OptionalDouble.of(0)))
                .map(p -> new Unary(UnaryFn.RELU, p.a()))
                .findFirst();
    }

    /// A product of `x`, numbers, and one factor `a + b · f(y)`, where `f` is erf or tanh.
    private static Optional<Unary> gelu(Value v, Uses uses) {
        if (!(uses.op(v) instanceof Binary)) {
            return Optional.empty();
        }
        List<Value> factors = new ArrayList<>();
        collectFactors(v, MAX_DEPTH, uses, factors);
        return factors.stream().flatMap(gate -> gelu(v, gate, uses).stream()).findFirst();
    }

    private static Optional<Unary> gelu(Value v, Value gate, Uses uses) {
        Optional<Terms.Shifted> sum = Terms.shifted(gate, uses);
        if (sum.isEmpty()) {
            return Optional.empty();
        }
        Terms.Scaled part = Terms.scaled(sum.get().x(), uses)
                .orElse(new Terms.Scaled(sum.get().x(), 1));
        if (!Terms.isNear(part.factor(), sum.get().number())
                || !(uses.op(part.x()) instanceof Unary(UnaryFn f, Value y))
                || (f != UnaryFn.ERF && f != UnaryFn.TANH)) {
            return Optional.empty();
        }
        double[] input = f == UnaryFn.ERF ? ERF_INPUT : TANH_INPUT;
        double weight = part.factor();
        return within(y, uses).stream()
                .filter(x -> new Polynomials(x, uses)
                        .of(y)
                        .filter(p -> Polynomials.areNear(p, input))
                        .isPresent())
                .filter(x -> new Polynomials(x, uses)
                        .ofQuotient(v, gate)
                        .map(p -> Polynomials.times(p, weight))
                        .filter(p -> Polynomials.areNear(p, HALF_X))
                        .isPresent())
                .map(x -> new Unary(f == UnaryFn.ERF ? UnaryFn.GELU : UnaryFn.GELU_TANH, x))
                .findFirst();
    }

    private static void collectFactors(Value v, int depth, Uses uses, List<Value> factors) {
        if (depth > 0
                && uses.op(v) instanceof Binary(BinaryFn fn, Value a, Value b)
                && (fn == BinaryFn.MUL || fn == BinaryFn.DIV)) {
            collectFactors(a, depth - 1, uses, factors);
            collectFactors(b, depth - 1, uses, factors);
        } else {
            factors.add(v);
        }
    }

    /// The values that `v` is computed from, near ones first: among them is the `x` of a GELU.
    private static List<Value> within(Value v, Uses uses) {
        List<Value> found = new ArrayList<>(List.of(v));
        for (int i = 0; i < found.size() && found.size() < MAX_TERMS; i++) {
            Op op = uses.op(found.get(i));
            if (op instanceof Binary) {
                Ops.operands(op).stream().filter(o -> !found.contains(o)).forEach(found::add);
            }
        }
        return found;
    }
}
