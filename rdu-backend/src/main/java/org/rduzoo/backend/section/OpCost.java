package org.rduzoo.backend.section;

import java.util.HashSet;
import java.util.Set;
import org.rduzoo.ir.ChannelNorm;
import org.rduzoo.ir.Convolution;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Elementwise;
import org.rduzoo.ir.Gradient;
import org.rduzoo.ir.ImageGradient;
import org.rduzoo.ir.Layout;
import org.rduzoo.ir.Lookup;
import org.rduzoo.ir.Node;
import org.rduzoo.ir.Normalization;
import org.rduzoo.ir.Op;
import org.rduzoo.ir.Optimizer;
import org.rduzoo.ir.Positional;
import org.rduzoo.ir.Product;
import org.rduzoo.ir.Reduction;
import org.rduzoo.ir.Sampling;
import org.rduzoo.ir.Type;
import org.rduzoo.ir.Value;
import org.rduzoo.ir.Window;

/// What an operation costs by itself: arithmetic, and bytes if nothing of it stayed on the chip. A function of the
/// operation and its operands' types alone; sums and products stop at [Long#MAX_VALUE].
///
/// Conventions, for all that report FLOPs:
///
/// - a product counts a multiply-add as two: `2 · M · N · K`; attention `2 · (D + Dv)` for each pair of a query and a
///   key that it may see, its softmax left out as is usual; a convolution `2 · channels · taps` for each element of its
///   narrower side, what falls into the padding included;
/// - an element-wise function is one an element, whatever it takes to compute;
/// - norms, softmax and cross entropy count the steps of their textbook form, each one an element;
/// - what moves, converts or selects elements counts nothing.
public final class OpCost {

    private static final int SOFTMAX_STEPS = 5; // maximum, difference, exponential, sum, quotient
    private static final int LAYER_NORM_STEPS = 7; // sum, difference, square, sum, and one each to scale by σ, w and b
    private static final int BATCH_NORM_STEPS = 4; // difference, and one each to scale by σ, w and b
    private static final int RMS_NORM_STEPS = 4; // square, sum, and one each to scale by the root and w
    private static final int CROSS_ENTROPY_STEPS = 4; // maximum, difference, exponential, sum
    private static final int CROSS_ENTROPY_GRADIENT_STEPS = 4; // difference, exponential, difference, product
    private static final int LAYER_NORM_GRADIENT_STEPS = 15; // statistics 4, normal 2, weights 3, row sums 3, result 3
    private static final int RMS_NORM_GRADIENT_STEPS = 10; // statistics 2, normal 1, weights 2, row sum 2, result 3
    private static final int NORM_STEPS = 2; // square, sum
    private static final int ADAM_STEPS = 14; // scale 1, moments 3 and 4, corrections 2, root 1, update 3
    private static final int SGD_STEPS = 7; // scale 1, decay 2, velocity 2, update 2

    private OpCost() {}

    /// Floating-point operations of one run of `node`.
    public static long flops(Node node) {
        return flops(node.op());
    }

    static long flops(Op op) {
        return switch (op) {
            case Product p -> product(p);
            case Elementwise.Unary u -> u.x().type().elements();
            case Elementwise.Binary b -> b.infer().getFirst().elements();
            case Elementwise.Compare _, Elementwise.Select _, Elementwise.Cast _ -> 0;
            case Reduction.Reduce r -> r.x().type().elements();
            case Reduction.Softmax s -> times(SOFTMAX_STEPS, s.x().type().elements());
            case Reduction.CrossEntropy c ->
                times(CROSS_ENTROPY_STEPS, c.logits().type().elements());
            case Normalization.LayerNorm n ->
                times(LAYER_NORM_STEPS, n.x().type().elements());
            case Normalization.RmsNorm n -> times(RMS_NORM_STEPS, n.x().type().elements());
            case ChannelNorm.BatchNorm n -> times(BATCH_NORM_STEPS, n.x().type().elements());
            case ChannelNorm n -> times(LAYER_NORM_STEPS, n.x().type().elements());
            case Convolution c -> convolution(c);
            case Sampling.MaxPool p ->
                times(taps(p.window()), p.infer().getFirst().elements());
            case Sampling.AvgPool p ->
                times(taps(p.window()), p.infer().getFirst().elements());
            case Sampling.Resize r ->
                switch (r.mode()) {
                    case NEAREST -> 0;
                    case LINEAR ->
                        times(2L << r.size().size(), r.infer().getFirst().elements());
                };
            case Elementwise.Dropout d -> d.x().type().elements();
            case Gradient g -> gradient(g);
            case ImageGradient g -> imageGradient(g);
            case Optimizer o -> optimizer(o);
            case Layout _, Lookup _ -> 0;
            case Positional.Rope(Value x, Value cos, var _) ->
                // Of each pair: four products and two sums.
                times(
                        3,
                        x.type().elements() / Math.max(1, x.type().dim(-1)),
                        2L * cos.type().dim(-1));
            case Positional.RopeAngles a -> times(3, a.infer().getFirst().elements());
            case Positional.CacheWrite _, Positional.LastRow _ -> 0;
        };
    }

    private static long convolution(Convolution op) {
        long results = op.infer().getFirst().elements();
        long tail = op.bias().isPresent() ? results : 0;
        return switch (op) {
            case Convolution.Conv c -> {
                long more =
                        (c.scale().isPresent() ? results : 0) + (c.activation().isPresent() ? results : 0);
                yield plus(times(2, results, c.weight().type().dim(1), taps(c.window())), plus(tail, more));
            }
            case Convolution.ConvTranspose c ->
                plus(times(2, c.x().type().elements(), c.weight().type().dim(1), taps(c.window())), tail);
        };
    }

    private static long taps(Window window) {
        return times(window.kernel().stream().mapToLong(Integer::longValue).toArray());
    }

    private static long gradient(Gradient op) {
        return switch (op) {
            // scores and their gradient, then three sums
            case Gradient.AttentionGradient a -> {
                Type q = a.q().type();
                long pairs = visiblePairs(q.dim(2), a.k().type().dim(2), a.causal(), a.window());
                yield times(
                        2,
                        q.dim(0),
                        q.dim(1),
                        pairs,
                        3L * q.dim(3) + 2L * a.v().type().dim(3));
            }
            case Gradient.EmbeddingGradient e -> e.gradient().type().elements();
            case Gradient.CrossEntropyGradient c ->
                times(CROSS_ENTROPY_GRADIENT_STEPS, c.logits().type().elements());
            case Gradient.LayerNormGradient n ->
                times(LAYER_NORM_GRADIENT_STEPS, n.x().type().elements());
            case Gradient.RmsNormGradient n ->
                times(RMS_NORM_GRADIENT_STEPS, n.x().type().elements());
        };
    }

    private static long imageGradient(ImageGradient op) {
        return switch (op) {
            case ImageGradient.ConvWeightGradient c ->
                times(2, c.narrow().type().elements(), c.wide().type().dim(1) / c.groups(), taps(c.window()));
            case ImageGradient.MaxPoolGradient p ->
                times(taps(p.forward().window()), p.gradient().type().elements());
            case ImageGradient.AvgPoolGradient p ->
                times(taps(p.forward().window()), p.gradient().type().elements());
            case ImageGradient.ResizeGradient r ->
                switch (r.mode()) {
                    case NEAREST -> r.gradient().type().elements();
                    case LINEAR ->
                        times(2L << r.places().size(), r.gradient().type().elements());
                };
        };
    }

    private static long optimizer(Optimizer op) {
        return switch (op) {
            case Optimizer.GlobalNorm n -> {
                long elements = 0;
                for (Value g : n.gradients()) {
                    elements = plus(elements, g.type().elements());
                }
                yield times(NORM_STEPS, elements);
            }
            case Optimizer.AdamW a -> times(ADAM_STEPS, a.parameter().type().elements());
            case Optimizer.Sgd s -> times(SGD_STEPS, s.parameter().type().elements());
        };
    }

    private static long product(Product op) {
        return switch (op) {
            case Product.MatMul m ->
                times(2, m.infer().getFirst().elements(), m.lhs().type().dim(-1));
            case Product.Linear l -> {
                long results = l.infer().getFirst().elements();
                long tail =
                        (l.bias().isPresent() ? results : 0) + (l.activation().isPresent() ? results : 0);
                yield plus(times(2, results, l.x().type().dim(-1)), tail);
            }
            case Product.Attention a -> {
                Type q = a.q().type();
                long pairs = visiblePairs(q.dim(2), a.k().type().dim(2), a.causal(), a.window());
                yield times(
                        2,
                        q.dim(0),
                        q.dim(1),
                        pairs,
                        q.dim(3) + (long) a.v().type().dim(3));
            }
        };
    }

    /// Pairs of one of the last `queries` places and a key among `keys` places that it may see. Where positions are
    /// given at run time this is the case of a full cache.
    static long visiblePairs(long queries, long keys, boolean causal, int window) {
        long widest = window > 0 ? Math.min(window, keys) : keys;
        if (!causal) {
            return times(queries, widest);
        }
        // Query i sees min(first + i, widest) keys, where first = keys - queries + 1, and none if that is negative.
        long first = Math.max(keys - queries + 1, 1);
        long seeing = Math.min(queries, keys);
        long rising = Math.clamp(widest - first, 0, seeing);
        return plus(times(rising, first) + times(rising, Math.max(rising - 1, 0)) / 2, times(seeing - rising, widest));
    }

    /// Bytes that one run of `node` takes in: each distinct operand once, of a table or a slice only what is taken.
    public static long bytesRead(Node node) {
        long bytes = 0;
        Set<Value> seen = new HashSet<>();
        for (Value v : node.operands()) {
            if (seen.add(v)) {
                bytes = plus(bytes, bytesRead(node, v));
            }
        }
        return bytes;
    }

    /// Bytes that one run of `node` takes of `operand`.
    static long bytesRead(Node node, Value operand) {
        return switch (node.op()) {
            case Lookup.Embedding e
            when operand == e.table() && operand != e.ids() ->
                bytes(node.results().getFirst());
            case Layout.Slice _ -> bytes(node.results().getFirst());
            // A cache is written in place: what stays is not touched.
            case Positional.CacheWrite w when operand == w.cache() -> 0;
            case Positional.LastRow r
            when operand == r.x() -> bytes(node.results().getFirst());
            default -> bytes(operand);
        };
    }

    /// Bytes that one run of `node` yields.
    public static long bytesWritten(Node node) {
        if (node.op() instanceof Positional.CacheWrite write) {
            return bytes(write.rows());
        }
        long bytes = 0;
        for (Value v : node.results()) {
            bytes = plus(bytes, bytes(v));
        }
        return bytes;
    }

    /// Size of a value.
    static long bytes(Value value) {
        DType dtype = value.dtype();
        return times(value.type().elements(), dtype.bytes());
    }

    /// The fewest PCUs that hold the operation as stages of a pipeline: one for each pass that must be under way at the
    /// same time. Memory units move elements without them.
    static int leastPcus(Op op) {
        return switch (op) {
            case Product.MatMul _, Product.Linear _ -> 1;
            case Product.Attention _ -> 3; // scores, softmax, weighted sum
            case Gradient.AttentionGradient _ -> 5; // scores, their gradient, three sums
            case Elementwise _, Optimizer _ -> 1;
            case Reduction.Reduce _ -> 1;
            case Reduction.Softmax _, Reduction.CrossEntropy _ -> 2; // statistics, then elements
            case Normalization _, ChannelNorm _ -> 2;
            case ImageGradient _ -> 1;
            case Convolution _, Sampling _, Positional.RopeAngles _, Positional.Rope _ -> 1;
            case Positional.CacheWrite _, Positional.LastRow _ -> 0;
            case Gradient.EmbeddingGradient _ -> 1;
            case Gradient.CrossEntropyGradient _, Gradient.LayerNormGradient _, Gradient.RmsNormGradient _ -> 2;
            case Lookup _ -> 0;
            case Layout _ -> 0;
        };
    }

    /// The most PCUs that find work: each computes a tile of `lanes × stages` sums of a product, or a vector of `lanes`
    /// elements of anything else.
    static long mostPcus(Node node, int lanes, int stages) {
        return switch (node.op()) {
            case Product.MatMul _, Product.Linear _ ->
                outputTiles(node.results().getFirst().type(), lanes, stages);
            case Product.Attention a -> {
                Type q = a.q().type();
                long heads = times(q.dim(0), q.dim(1));
                long scores =
                        times(heads, ceil(q.dim(2), lanes), ceil(a.k().type().dim(2), stages));
                yield plus(scores, outputTiles(node.results().getFirst().type(), lanes, stages));
            }
            case Gradient.AttentionGradient a -> {
                Type q = a.q().type();
                Type k = a.k().type();
                long scores = times(q.dim(0), q.dim(1), ceil(q.dim(2), lanes), ceil(k.dim(2), stages));
                yield plus(
                        times(2, scores), plus(outputTiles(q, lanes, stages), times(2, outputTiles(k, lanes, stages))));
            }
            case Convolution _ -> {
                // The channels of one place are a row.
                Type t = node.results().getFirst().type();
                int channels = t.dim(1);
                long places = channels == 0 ? 0 : t.elements() / channels;
                yield Math.max(1, times(ceil(places, lanes), ceil(channels, stages)));
            }
            case ImageGradient.ConvWeightGradient _ ->
                outputTiles(node.results().getFirst().type(), lanes, stages);
            case Elementwise _,
                    Reduction _,
                    Normalization _,
                    ChannelNorm _,
                    Sampling _,
                    Positional.RopeAngles _,
                    Positional.Rope _,
                    Gradient _,
                    ImageGradient _,
                    Optimizer _ -> Math.max(leastPcus(node.op()), ceil(widest(node), lanes));
            case Lookup _, Layout _, Positional.CacheWrite _, Positional.LastRow _ -> 0;
        };
    }

    private static long outputTiles(Type type, int lanes, int stages) {
        int n = type.rank() == 0 ? 1 : type.dim(-1);
        long rows = n == 0 ? 0 : type.elements() / n;
        return Math.max(1, times(ceil(rows, lanes), ceil(n, stages)));
    }

    static long widest(Node node) {
        long widest = 0;
        for (Value v : node.operands()) {
            widest = Math.max(widest, v.type().elements());
        }
        return widest;
    }

    static long ceil(long a, long b) {
        return a / b + (a % b == 0 ? 0 : 1);
    }

    static long plus(long a, long b) {
        long sum = a + b;
        return sum < 0 ? Long.MAX_VALUE : sum;
    }

    static long times(long... factors) {
        long product = 1;
        boolean overflow = false;
        for (long f : factors) {
            if (f == 0) {
                return 0;
            }
            overflow |= Math.multiplyHigh(product, f) != 0 || product * f < 0;
            product *= f;
        }
        return overflow ? Long.MAX_VALUE : product;
    }
}
