package org.rduzoo.ir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.rduzoo.ir.TestGraphs.assertBreaks;
import static org.rduzoo.ir.TestGraphs.dense;
import static org.rduzoo.ir.TestGraphs.dims;
import static org.rduzoo.ir.TestGraphs.f32;
import static org.rduzoo.ir.TestGraphs.i64;
import static org.rduzoo.ir.TestGraphs.value;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Which keys a query sees shows in its output where the values are an identity matrix: output `j` is the share of
/// key `j`.
final class AttentionTest {

    private boolean causal;
    private boolean ring;
    private int window;
    private int queries = 4;
    private final int keys = 4;
    private @Nullable Dense start;
    private @Nullable Dense valid;
    private @Nullable Dense segments;
    private @Nullable Dense keyMask;

    @Test
    void aQuerySeesEveryKey() {
        assertThat(seen()).containsExactly("1111", "1111", "1111", "1111");
    }

    @Test
    void aCausalQuerySeesNothingAfterIt() {
        causal = true;
        assertThat(seen()).containsExactly("1000", "1100", "1110", "1111");
    }

    @Test
    void withoutAStartTheQueriesAreTheLastPositions() {
        causal = true;
        queries = 2;
        assertThat(seen()).containsExactly("1110", "1111");
    }

    @Test
    void aStartPlacesTheQueries() {
        causal = true;
        queries = 2;
        start = i64(dims(1), 1);
        assertThat(seen()).containsExactly("1100", "1110");
    }

    @Test
    void aWindowReachesBack() {
        causal = true;
        window = 2;
        assertThat(seen()).containsExactly("1000", "1100", "0110", "0011");
        causal = false;
        assertThat(seen()).containsExactly("1111", "1111", "0111", "0011");
    }

    @Test
    void keysBeyondTheValidOnesAreUnseen() {
        valid = i64(dims(1), 3);
        assertThat(seen()).containsExactly("1110", "1110", "1110", "1110");
    }

    @Test
    void aRingHoldsTheLastPositions() {
        ring = true;
        causal = true;
        queries = 2;
        start = i64(dims(1), 4);
        valid = i64(dims(1), 6);
        assertThat(seen()).containsExactly("1011", "1111");
        window = 2;
        assertThat(seen()).containsExactly("1001", "1100");
        start = i64(dims(1), 0);
        valid = i64(dims(1), 2);
        assertThat(seen()).containsExactly("1000", "1100");
    }

    @Test
    void theMaskHidesKeys() {
        keyMask = i64(dims(1, 4), 1, 0, 7, 0);
        assertThat(seen()).containsExactly("1010", "1010", "1010", "1010");
    }

    @Test
    void aQuerySeesItsOwnSegment() {
        segments = i64(dims(1, 4), 5, 5, 9, 9);
        causal = true;
        assertThat(seen()).containsExactly("1000", "1100", "0010", "0011");
    }

    @Test
    void aQueryThatSeesNoKeyYieldsZeros() {
        valid = i64(dims(1), 0);
        assertThat(seen()).containsExactly("0000", "0000", "0000", "0000");
        assertThat(run().get(1).data()).containsOnly(Double.NEGATIVE_INFINITY);
        start = i64(dims(1), -2);
        valid = null;
        causal = true;
        assertThat(seen()).containsExactly("0000", "0000", "1000", "1100");
    }

    @Test
    void aGroupOfQueryHeadsSharesAKeyHead() {
        Map<Value, Dense> given = new HashMap<>();
        Value q = give(given, f32(dims(1, 4, 1, 1), 1, 1, 1, 1));
        Value k = give(given, f32(dims(1, 2, 1, 1), 1, 1));
        Value v = give(given, f32(dims(1, 2, 1, 1), 3, 7));
        assertThat(evaluate(attention(q, k, v, 1, DType.F32), given).getFirst().data())
                .containsExactly(3, 3, 7, 7);
    }

    @Test
    void scoresAreScaledAndTheirSumIsLeft() {
        Map<Value, Dense> given = new HashMap<>();
        Value q = give(given, f32(dims(1, 1, 1, 2), 2, 4));
        Value k = give(given, f32(dims(1, 1, 2, 2), 1, 0, 0, 1));
        Value v = give(given, f32(dims(1, 1, 2, 1), 1, 0));
        List<Dense> results = evaluate(attention(q, k, v, 0.5, DType.F32), given);
        assertThat(results.get(0).data()[0]).isCloseTo(1 / (1 + Math.E), within(1e-15));
        assertThat(results.get(1).data()[0]).isCloseTo(2 + Math.log1p(1 / Math.E), within(1e-15));
    }

    @Test
    void bf16RoundsScoresOnRequestAndTheSoftmaxBeforeItsProduct() {
        Map<Value, Dense> given = new HashMap<>();
        Value q = give(given, dense(DType.BF16, dims(1, 1, 1, 1), 1));
        Value k = give(given, dense(DType.BF16, dims(1, 1, 2, 1), 1.0078125, 0));
        Value v = give(given, dense(DType.BF16, dims(1, 1, 2, 1), 1, 0));
        double score = 0.3 * 1.0078125;
        assertThat(evaluate(attention(q, k, v, 0.3, DType.F32), given)
                        .getFirst()
                        .data())
                .containsExactly(DType.BF16.round(1 / (1 + Math.exp(-score))));
        assertThat(evaluate(attention(q, k, v, 0.3, DType.BF16), given).get(1).data()[0])
                .isCloseTo(Math.log1p(Math.exp(DType.BF16.round(score))), within(1e-15));
    }

    /// What is dropped is told by the numbers, and what stays is raised; the logarithm of the sum is that of all.
    @Test
    void sharesAreDroppedByNumbersOfTheirRow() {
        Map<Value, Dense> given = new HashMap<>();
        int n = 6;
        Dense identity = Dense.zeros(Type.of(DType.F32, 2, 1, n, n));
        IntStream.range(0, 2 * n).forEach(i -> identity.data()[i * n + i % n] = 1);
        Value q = give(given, Dense.zeros(Type.of(DType.F32, 2, 2, 3, n)));
        Value k = give(given, identity);
        Value seed = give(given, Dense.scalar(DType.I64, 11));
        Value probability = give(given, Dense.scalar(DType.F32, 0.25));
        Product.Attention attention = attention(q, k, k, 1, DType.F32).dropping(seed, probability, 4);
        double[] shares = evaluate(attention, given).getFirst().data();
        for (int row = 0; row < 2 * 2 * 3; row++) {
            long numbers = DropoutNumbers.key(11, 4, row);
            for (int key = 0; key < n; key++) {
                double expected = DropoutNumbers.uniform(numbers, key) < 0.25f ? 0 : 1 / 0.75 / n;
                assertThat(shares[row * n + key]).isCloseTo(expected, within(1e-15));
            }
        }
        assertThat(shares).contains(0);
        assertThat(evaluate(attention, given).get(1).data()).containsOnly(Math.log(n));
    }

    @Test
    void operandsKeepTheirConstraints() {
        Value q = value(DType.F32, 2, 4, 3, 8);
        Value k = value(DType.F32, 2, 2, 5, 8);
        Optional<Value> none = Optional.empty();
        Optional<Value> rows = Optional.of(value(DType.I64, 2));
        Optional<Value> slots = Optional.of(value(DType.I64, 2, 5));
        assertThat(new Product.Attention(q, k, k, rows, rows, slots, slots, true, 0, 1, DType.F32).infer())
                .containsExactly(Type.of(DType.F32, 2, 4, 3, 8), Type.of(DType.F32, 2, 4, 3));
        assertBreaks("C1", attention(value(DType.BF16, 2, 4, 3, 8), k, k, 1, DType.F32));
        assertBreaks("C1", attention(q, k, k, 1, DType.F16));
        assertBreaks("C2", attention(q, value(DType.F32, 2, 3, 5, 8), value(DType.F32, 2, 3, 5, 8), 1, DType.F32));
        assertBreaks("C2", attention(q, k, value(DType.F32, 2, 2, 4, 8), 1, DType.F32));
        assertBreaks("C2", attention(q, value(DType.F32, 2, 2, 5, 7), k, 1, DType.F32));
        assertBreaks("C2", attention(q, value(DType.F32, 2, 0, 5, 8), value(DType.F32, 2, 0, 5, 8), 1, DType.F32));
        assertBreaks("C3", new Product.Attention(q, k, k, slots, none, none, none, true, 0, 1, DType.F32));
        assertBreaks("C3", new Product.Attention(q, k, k, none, slots, none, none, true, 0, 1, DType.F32));
        assertBreaks("C3", new Product.Attention(q, k, k, none, none, rows, none, true, 0, 1, DType.F32));
        assertBreaks("C3", new Product.Attention(q, k, k, none, none, none, rows, true, 0, 1, DType.F32));
        assertBreaks("C4", new Product.Attention(q, k, k, none, none, none, none, true, -1, 1, DType.F32));
        assertBreaks("C5", new Product.Attention(q, k, k, rows, none, none, none, true, 0, 1, DType.F32, true));
        assertBreaks("C5", new Product.Attention(q, k, k, rows, rows, slots, none, true, 0, 1, DType.F32, true));
        assertBreaks("C5", new Product.Attention(q, k, k, rows, rows, none, slots, true, 0, 1, DType.F32, true));
        Value seed = value(DType.I64);
        Value p = value(DType.F32);
        assertBreaks(
                "C5",
                new Product.Attention(q, k, k, rows, rows, none, none, true, 0, 1, DType.F32, true)
                        .dropping(seed, p, 0));
        assertBreaks("C6", attention(q, k, k, 1, DType.F32).dropping(p, p, 0));
        assertBreaks("C6", attention(q, k, k, 1, DType.F32).dropping(seed, q, 0));
    }

    /// For each query the keys that it sees, as a 1 or a 0 a key.
    private List<String> seen() {
        double[] out = run().getFirst().data();
        return IntStream.range(0, queries)
                .mapToObj(i -> bits(Arrays.copyOfRange(out, i * keys, (i + 1) * keys)))
                .toList();
    }

    private static String bits(double[] shares) {
        StringBuilder out = new StringBuilder();
        for (double share : shares) {
            out.append(share > 0 ? '1' : '0');
        }
        return out.toString();
    }

    private List<Dense> run() {
        Map<Value, Dense> given = new HashMap<>();
        Dense identity = Dense.zeros(Type.of(DType.F32, 1, 1, keys, keys));
        IntStream.range(0, keys).forEach(i -> identity.data()[i * keys + i] = 1);
        Value q = give(given, Dense.zeros(Type.of(DType.F32, 1, 1, queries, keys)));
        Value k = give(given, identity);
        Value v = give(given, identity);
        return evaluate(
                new Product.Attention(
                        q,
                        k,
                        v,
                        Optional.ofNullable(start).map(d -> give(given, d)),
                        Optional.ofNullable(valid).map(d -> give(given, d)),
                        Optional.ofNullable(segments).map(d -> give(given, d)),
                        Optional.ofNullable(keyMask).map(d -> give(given, d)),
                        causal,
                        window,
                        1,
                        DType.F32,
                        ring),
                given);
    }

    private static Product.Attention attention(Value q, Value k, Value v, double scale, DType scores) {
        Optional<Value> none = Optional.empty();
        return new Product.Attention(q, k, v, none, none, none, none, false, 0, scale, scores);
    }

    private static Value give(Map<Value, Dense> given, Dense dense) {
        Value value = new Value(given.size(), dense.type(), "");
        given.put(value, dense);
        return value;
    }

    private static List<Dense> evaluate(Op op, Map<Value, Dense> given) {
        return Reference.evaluate(op, v -> {
            Dense dense = given.get(v);
            return dense == null ? Dense.scalar(DType.F32, 0) : dense;
        });
    }
}
