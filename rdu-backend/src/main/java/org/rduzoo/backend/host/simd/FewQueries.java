package org.rduzoo.backend.host.simd;

import static org.rduzoo.backend.host.simd.Lanes.COUNT;
import static org.rduzoo.backend.host.simd.Lanes.FLOATS;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.stream.IntStream;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import org.rduzoo.backend.host.kernel.AttentionSpec;
import org.rduzoo.backend.host.kernel.AttentionSpec.Heads;
import org.rduzoo.backend.host.kernel.RawMemory;
import org.rduzoo.backend.host.kernel.ScalarFunctions;
import org.rduzoo.backend.host.machine.Kernel;
import org.rduzoo.ir.DType;

/// Attention of a few queries over many keys, as in a step of generation: each key and value is read once, with its
/// elements in a vector's lanes, for all queries of its head.
///
/// Where heads do not go round evenly, the keys of a head are split. Each split leaves its outcome (the largest score,
/// the sum of exponentials, the output), and whoever is the last of its head joins them, in the order of the splits.
///
/// Keys and values of `bf16` are used where they lie; others are first brought to a tile.
final class FewQueries implements Kernel {

    private static final Outlined SCALE =
            Outlined.of(FewQueries.class, "scale", float.class, float[].class, int.class, int.class, float.class);
    private static final Outlined EXP =
            Outlined.of(FewQueries.class, "exp", float.class, float[].class, int.class, int.class, float.class);
    private static final Outlined SHARE = Outlined.of(
            FewQueries.class, "share", void.class, float[].class, int.class, int.class, float.class, boolean.class);
    private static final Outlined MULTIPLY = cached("multiply");
    private static final Outlined ADD =
            Outlined.of(CachedRows.class, "add", void.class, float[].class, int.class, float[].class, int.class);
    private static final Outlined WEIGH = cached("weigh");
    private static final Outlined JOIN = Outlined.of(
            FewQueries.class, "join", void.class, float[].class, int.class, int.class, float.class, int.class);
    private static final Outlined MEND =
            Outlined.of(CachedRows.class, "mend", void.class, float[].class, int.class, int.class);

    /// Keys or values that are widened at a time.
    private static final int TILE = 64;

    /// Keys or values that are taken where they lie, by one query after the other.
    private static final int PAIRED_TILE = 128;

    /// From so many runs a part on, it does not matter that some parts have one more than others.
    private static final int MANY = 8;

    private final AttentionSpec spec;
    private final int queries;
    private final int keyPitch;
    private final int valuePitch;
    private final int splits;
    private final boolean pairedKeys;
    private final boolean pairedValues;
    private final boolean roundsSoftmax;
    private final boolean roundsScores;
    private final Workspace[] workspaces;
    private final AtomicIntegerArray finished;

    /// By head, split and query: the largest score, the sum, the output.
    private final float[] outcomes;

    FewQueries(AttentionSpec spec, int parts) {
        this.spec = spec;
        this.queries = spec.group() * spec.queries();
        this.keyPitch = (spec.headSize() + COUNT - 1) & -COUNT;
        this.valuePitch = (spec.valueSize() + COUNT - 1) & -COUNT;
        int heads = spec.batch() * spec.keyHeads();
        this.splits = splits(heads, parts);
        this.pairedKeys = paired(spec.k(), spec.headSize());
        this.pairedValues = paired(spec.v(), spec.valueSize());
        this.roundsSoftmax = spec.v().place().dtype() == DType.BF16;
        this.roundsScores = spec.scores() == DType.BF16;
        this.workspaces = new Workspace[parts];
        Arrays.setAll(workspaces, _ -> new Workspace());
        this.finished = new AtomicIntegerArray(heads);
        this.outcomes = new float[heads * splits * queries * (2 + valuePitch)];
    }

    private static Outlined cached(String name) {
        return Outlined.of(
                CachedRows.class,
                name,
                void.class,
                float[].class,
                int.class,
                long.class,
                long.class,
                int.class,
                int.class,
                float[].class,
                int.class);
    }

    private static boolean paired(Heads rows, int size) {
        return rows.place().dtype() == DType.BF16 && size % CachedRows.BLOCK == 0;
    }

    /// Into how many runs of keys each head is cut, so that all parts have as much to do.
    private static int splits(int heads, int parts) {
        return IntStream.range(1, parts)
                .filter(s -> (long) heads * s % parts == 0 || (long) heads * s >= (long) MANY * parts)
                .findFirst()
                .orElse(parts);
    }

    /// What one part works with.
    private final class Workspace {
        final float[] query = new float[queries * keyPitch];
        final float[] tile = new float[tileSize()];
        final float[] scores = new float[queries * capacity()];
    }

    private int tileSize() {
        int products = pairedKeys ? PAIRED_TILE * COUNT : TILE * keyPitch;
        return Math.max(products, pairedValues ? 0 : TILE * valuePitch);
    }

    /// Room for a query's scores: [CachedRows#add] writes up to three more.
    private int capacity() {
        return spec.keys() / splits + 1 + 3;
    }

    @Override
    public void run(int part, int parts) {
        int units = spec.batch() * spec.keyHeads() * splits;
        for (int unit = part; unit < units; unit += parts) {
            int head = unit / splits;
            int b = head / spec.keyHeads();
            int keyHead = head % spec.keyHeads();
            attend(b, keyHead, unit, workspaces[part]);
            if (finished.incrementAndGet(head) == splits) {
                finished.set(head, 0);
                join(b, keyHead);
            }
        }
    }

    private void attend(int b, int keyHead, int unit, Workspace w) {
        long start = spec.firstPosition(b);
        int first = spec.firstKey(b, start);
        int end = Math.max(first, Math.min(spec.endKey(start + spec.queries() - 1), spec.validKeys(b)));
        int split = unit % splits;
        int from = first + (int) ((long) (end - first) * split / splits);
        int n = first + (int) ((long) (end - first) * (split + 1) / splits) - from;
        for (int q = 0; q < queries; q++) {
            int head = keyHead * spec.group() + q / spec.queries();
            load(w.query, q * keyPitch, b, head, q % spec.queries());
        }
        clear(w.tile, spec.headSize(), keyPitch);
        score(b, keyHead, from, n, w);
        for (int q = 0; q < queries; q++) {
            softmax(b, start + q % spec.queries(), from, n, w.scores, q * capacity(), outcome(unit, q));
        }
        clear(w.tile, spec.valueSize(), valuePitch);
        weigh(b, keyHead, from, n, unit, w);
    }

    /// Clears a tile whose rows have more room than elements.
    private static void clear(float[] tile, int size, int pitch) {
        if (size < pitch) {
            Arrays.fill(tile, 0);
        }
    }

    private void score(int b, int keyHead, int from, int n, Workspace w) {
        int size = spec.headSize();
        for (int i = 0, count; i < n; i += count) {
            count = tile(pairedKeys, from + i, n - i);
            if (pairedKeys) {
                long keys = spec.k().address(b, keyHead, spec.slot(from + i));
                long stride = stride(spec.k());
                for (int q = 0; q < queries; q++) {
                    Arrays.fill(w.tile, 0);
                    MULTIPLY.run(w.query, q * keyPitch, keys, stride, count, size, w.tile, 0);
                    ADD.run(w.tile, count, w.scores, q * capacity() + i);
                }
            } else {
                AttentionRows.loadKeys(spec, spec.k(), b, keyHead, from + i, count, size, w.tile, keyPitch);
                for (int q = 0; q < queries; q++) {
                    dots(w.query, q * keyPitch, w.tile, count, keyPitch, w.scores, q * capacity() + i);
                }
            }
        }
    }

    private void weigh(int b, int keyHead, int from, int n, int unit, Workspace w) {
        int size = spec.valueSize();
        for (int i = 0, count; i < n; i += count) {
            count = tile(pairedValues, from + i, n - i);
            if (pairedValues) {
                long values = spec.v().address(b, keyHead, spec.slot(from + i));
                long stride = stride(spec.v());
                for (int q = 0; q < queries; q++) {
                    int at = q * capacity() + i;
                    WEIGH.run(w.scores, at, values, stride, count, size, outcomes, outcome(unit, q) + 2);
                }
            } else {
                AttentionRows.loadKeys(spec, spec.v(), b, keyHead, from + i, count, size, w.tile, valuePitch);
                for (int q = 0; q < queries; q++) {
                    int at = q * capacity() + i;
                    weigh(w.scores, at, w.tile, count, valuePitch, outcomes, outcome(unit, q) + 2);
                }
            }
        }
        for (int q = 0; q < queries && pairedValues; q++) {
            MEND.run(outcomes, outcome(unit, q) + 2, size);
        }
    }

    /// How many rows from that of `key` on are taken together: side by side, if they are taken where they lie.
    private int tile(boolean paired, int key, int left) {
        return paired ? Math.min(Math.min(PAIRED_TILE, left), spec.keys() - spec.slot(key)) : Math.min(TILE, left);
    }

    private static long stride(Heads rows) {
        return rows.tokenStride() * rows.place().dtype().bytes();
    }

    /// Brings a query, split if its keys are taken in pairs.
    private void load(float[] to, int at, int b, int head, int token) {
        DType dtype = spec.q().place().dtype();
        long address = spec.q().address(b, head, token);
        int block = pairedKeys ? CachedRows.BLOCK : 1;
        int half = block / 2;
        for (int d = 0; d < spec.headSize(); d++) {
            int place = pairedKeys ? (d & -block) + (d >> 1 & half - 1) + (d & 1) * half : d;
            to[at + place] = dtype == DType.F32 ? RawMemory.f32(address + 4L * d) : RawMemory.bf16(address + 2L * d);
        }
    }

    private int outcome(int unit, int query) {
        return (unit * queries + query) * (2 + valuePitch);
    }

    /// Makes weights of a query's scores: exponentials, divided by their sum; notes the largest score and the sum, and
    /// clears the output.
    private void softmax(int b, long position, int from, int n, float[] scores, int at, int outcome) {
        float scale = (float) spec.scale();
        boolean masked = spec.keyMask().isPresent() || spec.segments().isPresent();
        int first = spec.firstKey(b, position);
        int end = spec.endKey(position);
        int low = Math.clamp(first - from, 0, n);
        int high = Math.clamp(end - from, low, n);
        Arrays.fill(scores, at, at + low, Float.NEGATIVE_INFINITY);
        Arrays.fill(scores, at + high, at + n, Float.NEGATIVE_INFINITY);
        for (int i = low; masked && i < high; i++) {
            if (!spec.sees(b, position, from + i)) {
                scores[at + i] = Float.NEGATIVE_INFINITY;
            }
        }
        float max = SCALE.run(scores, at + low, high - low, scale);
        for (int i = low; roundsScores && i < high; i++) {
            scores[at + i] = ScalarFunctions.roundToBf16(scores[at + i]);
        }
        max = roundsScores ? ScalarFunctions.roundToBf16(max) : max;
        float sum = 0;
        if (max == Float.NEGATIVE_INFINITY) {
            Arrays.fill(scores, at, at + n, 0);
        } else {
            sum = EXP.run(scores, at, n, max);
            SHARE.run(scores, at, n, 1 / sum, roundsSoftmax);
        }
        outcomes[outcome] = max;
        outcomes[outcome + 1] = sum;
        Arrays.fill(outcomes, outcome + 2, outcome + 2 + valuePitch, 0);
    }

    /// Multiplies `n` scores from `at` on and yields the largest, −∞ of none.
    static float scale(float[] scores, int at, int n, float factor) {
        int whole = Lanes.whole(n);
        FloatVector f = FloatVector.broadcast(FLOATS, factor);
        FloatVector m = FloatVector.broadcast(FLOATS, Float.NEGATIVE_INFINITY);
        for (int i = at; i < at + whole; i += COUNT) {
            FloatVector v = FloatVector.fromArray(FLOATS, scores, i).mul(f);
            v.intoArray(scores, i);
            m = m.max(v);
        }
        float max = m.reduceLanes(VectorOperators.MAX);
        for (int i = at + whole; i < at + n; i++) {
            scores[i] *= factor;
            max = Math.max(max, scores[i]);
        }
        return max;
    }

    /// Replaces `n` scores from `at` on by exp(score − max) and yields the sum.
    static float exp(float[] scores, int at, int n, float max) {
        FloatVector shift = FloatVector.broadcast(FLOATS, max);
        FloatVector total = FloatVector.zero(FLOATS);
        int whole = Lanes.whole(n);
        for (int i = at; i < at + whole; i += COUNT) {
            FloatVector e = VectorFunctions.expOfNegative(
                    FloatVector.fromArray(FLOATS, scores, i).sub(shift));
            e.intoArray(scores, i);
            total = total.add(e);
        }
        float sum = Lanes.sum(total);
        for (int i = at + whole; i < at + n; i++) {
            scores[i] = ScalarFunctions.exp(scores[i] - max);
            sum += scores[i];
        }
        return sum;
    }

    /// Multiplies `n` weights from `at` on; to `bf16` if `round`.
    static void share(float[] weights, int at, int n, float factor, boolean round) {
        int whole = Lanes.whole(n);
        FloatVector f = FloatVector.broadcast(FLOATS, factor);
        for (int i = at; i < at + whole; i += COUNT) {
            FloatVector.fromArray(FLOATS, weights, i).mul(f).intoArray(weights, i);
        }
        for (int i = at; round && i < at + whole; i += COUNT) {
            Lanes.round(FloatVector.fromArray(FLOATS, weights, i)).intoArray(weights, i);
        }
        for (int i = at + whole; i < at + n; i++) {
            weights[i] = round ? ScalarFunctions.roundToBf16(weights[i] * factor) : weights[i] * factor;
        }
    }

    /// The product of the query at `at` with each of `count` keys.
    private static void dots(float[] query, int at, float[] keys, int count, int pitch, float[] scores, int to) {
        for (int i = 0; i < count; i++) {
            FloatVector even = FloatVector.zero(FLOATS);
            FloatVector odd = even;
            int d = 0;
            for (; d <= pitch - 2 * COUNT; d += 2 * COUNT) {
                even = FloatVector.fromArray(FLOATS, query, at + d)
                        .fma(FloatVector.fromArray(FLOATS, keys, i * pitch + d), even);
                odd = FloatVector.fromArray(FLOATS, query, at + d + COUNT)
                        .fma(FloatVector.fromArray(FLOATS, keys, i * pitch + d + COUNT), odd);
            }
            if (d < pitch) {
                even = FloatVector.fromArray(FLOATS, query, at + d)
                        .fma(FloatVector.fromArray(FLOATS, keys, i * pitch + d), even);
            }
            scores[to + i] = Lanes.sum(even.add(odd));
        }
    }

    /// Adds `count` values, each times its weight, to the output at `to`.
    private static void weigh(float[] weights, int at, float[] values, int count, int pitch, float[] out, int to) {
        int d = 0;
        for (; d <= pitch - 4 * COUNT; d += 4 * COUNT) {
            FloatVector o0 = FloatVector.fromArray(FLOATS, out, to + d);
            FloatVector o1 = FloatVector.fromArray(FLOATS, out, to + d + COUNT);
            FloatVector o2 = FloatVector.fromArray(FLOATS, out, to + d + 2 * COUNT);
            FloatVector o3 = FloatVector.fromArray(FLOATS, out, to + d + 3 * COUNT);
            for (int i = 0; i < count; i++) {
                FloatVector p = FloatVector.broadcast(FLOATS, weights[at + i]);
                int v = i * pitch + d;
                o0 = p.fma(FloatVector.fromArray(FLOATS, values, v), o0);
                o1 = p.fma(FloatVector.fromArray(FLOATS, values, v + COUNT), o1);
                o2 = p.fma(FloatVector.fromArray(FLOATS, values, v + 2 * COUNT), o2);
                o3 = p.fma(FloatVector.fromArray(FLOATS, values, v + 3 * COUNT), o3);
            }
            o0.intoArray(out, to + d);
            o1.intoArray(out, to + d + COUNT);
            o2.intoArray(out, to + d + 2 * COUNT);
            o3.intoArray(out, to + d + 3 * COUNT);
        }
        for (; d < pitch; d += COUNT) {
            FloatVector o = FloatVector.fromArray(FLOATS, out, to + d);
            for (int i = 0; i < count; i++) {
                o = FloatVector.broadcast(FLOATS, weights[at + i])
                        .fma(FloatVector.fromArray(FLOATS, values, i * pitch + d), o);
            }
            o.intoArray(out, to + d);
        }
    }

    /// Multiplies the `n` sums at `to` by their share, or adds to them those at `from` times theirs.
    static void join(float[] sums, int to, int from, float share, int n) {
        FloatVector factor = FloatVector.broadcast(FLOATS, share);
        if (from == to) {
            for (int d = 0; d < n; d += COUNT) {
                FloatVector.fromArray(FLOATS, sums, to + d).mul(factor).intoArray(sums, to + d);
            }
        } else {
            for (int d = 0; d < n; d += COUNT) {
                FloatVector sum = FloatVector.fromArray(FLOATS, sums, to + d);
                FloatVector.fromArray(FLOATS, sums, from + d).fma(factor, sum).intoArray(sums, to + d);
            }
        }
    }

    /// Joins the splits of a head and writes its outputs.
    private void join(int b, int keyHead) {
        int unit = (b * spec.keyHeads() + keyHead) * splits;
        DType dtype = spec.out().place().dtype();
        for (int q = 0; q < queries; q++) {
            float max = Float.NEGATIVE_INFINITY;
            for (int s = 0; s < splits; s++) {
                max = Math.max(max, outcomes[outcome(unit + s, q)]);
            }
            double sum = 0;
            for (int s = 0; s < splits && max != Float.NEGATIVE_INFINITY; s++) {
                int o = outcome(unit + s, q);
                outcomes[o + 1] *= ScalarFunctions.exp(outcomes[o] - max);
                sum += outcomes[o + 1];
            }
            int total = outcome(unit, q) + 2;
            for (int s = 0; s < splits; s++) {
                int o = outcome(unit + s, q);
                float share = sum == 0 ? 0 : (float) (outcomes[o + 1] / sum);
                JOIN.run(outcomes, total, o + 2, share, valuePitch);
            }
            int head = keyHead * spec.group() + q / spec.queries();
            int token = q % spec.queries();
            AttentionRows.store(
                    outcomes, total, spec.valueSize(), dtype, spec.out().address(b, head, token));
            if (spec.logSumExp().isPresent()) {
                float lse = sum == 0 ? Float.NEGATIVE_INFINITY : (float) (max + Math.log(sum));
                RawMemory.f32(spec.logSumExpAddress(b, head, token), lse);
            }
        }
    }
}
