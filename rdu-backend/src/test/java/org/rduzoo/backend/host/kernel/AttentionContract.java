package org.rduzoo.backend.host.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.rduzoo.backend.host.kernel.Numbers.at;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.rduzoo.backend.host.kernel.AttentionSpec.Heads;
import org.rduzoo.backend.host.machine.Kernel;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.DropoutNumbers;

/// What every implementation of attention does.
public abstract class AttentionContract {

    private final Numbers numbers = new Numbers(11);

    protected abstract Kernels kernels();

    /// The kernel that is put to the test.
    protected Kernel attention(AttentionSpec spec, Scratch scratch) {
        return kernels().attention(spec, scratch);
    }

    /// A case of attention; those made from it differ in one thing.
    private record Case(
            int batch,
            int heads,
            int keyHeads,
            int queries,
            int keys,
            int size,
            int valueSize,
            DType dtype,
            DType out,
            boolean tokensFirst,
            long[] start,
            long[] valid,
            boolean segments,
            boolean mask,
            boolean causal,
            int window,
            DType scores) {

        static Case of(int batch, int heads, int keyHeads, int queries, int keys, int size) {
            return new Case(
                    batch,
                    heads,
                    keyHeads,
                    queries,
                    keys,
                    size,
                    size,
                    DType.F32,
                    DType.F32,
                    true,
                    new long[0],
                    new long[0],
                    false,
                    false,
                    false,
                    0,
                    DType.F32);
        }

        Case causally() {
            return new Case(
                    batch,
                    heads,
                    keyHeads,
                    queries,
                    keys,
                    size,
                    valueSize,
                    dtype,
                    out,
                    tokensFirst,
                    start,
                    valid,
                    segments,
                    mask,
                    true,
                    window,
                    scores);
        }

        Case in(DType in, DType out, DType scores) {
            return new Case(
                    batch,
                    heads,
                    keyHeads,
                    queries,
                    keys,
                    size,
                    valueSize,
                    in,
                    out,
                    tokensFirst,
                    start,
                    valid,
                    segments,
                    mask,
                    causal,
                    window,
                    scores);
        }

        Case masked(boolean mask, boolean segments, int window) {
            return new Case(
                    batch,
                    heads,
                    keyHeads,
                    queries,
                    keys,
                    size,
                    valueSize,
                    dtype,
                    out,
                    tokensFirst,
                    start,
                    valid,
                    segments,
                    mask,
                    causal,
                    window,
                    scores);
        }

        Case at(long[] start, long[] valid) {
            return new Case(
                    batch,
                    heads,
                    keyHeads,
                    queries,
                    keys,
                    size,
                    valueSize,
                    dtype,
                    out,
                    tokensFirst,
                    start,
                    valid,
                    segments,
                    mask,
                    causal,
                    window,
                    scores);
        }

        Case values(int valueSize) {
            return new Case(
                    batch, heads, keyHeads, queries, keys, size, valueSize, dtype, out, false, start, valid, segments,
                    mask, causal, window, scores);
        }
    }

    private AttentionSpec spec(Case c) {
        return spec(c, Optional.empty());
    }

    private AttentionSpec spec(Case c, Optional<ShareDrops> drops) {
        Heads q = heads(
                c, numbers.normal(c.dtype, (long) c.batch * c.heads * c.queries * c.size), c.heads, c.queries, c.size);
        Heads k = heads(
                c, numbers.normal(c.dtype, (long) c.batch * c.keyHeads * c.keys * c.size), c.keyHeads, c.keys, c.size);
        Heads v = heads(
                c,
                numbers.normal(c.dtype, (long) c.batch * c.keyHeads * c.keys * c.valueSize),
                c.keyHeads,
                c.keys,
                c.valueSize);
        Heads out = heads(
                c,
                numbers.empty(c.out, (long) c.batch * c.heads * c.queries * c.valueSize),
                c.heads,
                c.queries,
                c.valueSize);
        Optional<Place> segments = c.segments
                ? Optional.of(
                        numbers.filled(DType.I64, (long) c.batch * c.keys, i -> Math.floorDiv(i % c.keys * 3, c.keys)))
                : Optional.empty();
        Optional<Place> mask = c.mask
                ? Optional.of(numbers.filled(DType.I64, (long) c.batch * c.keys, _ -> numbers.below(4) == 0 ? 0 : 1))
                : Optional.empty();
        return new AttentionSpec(
                c.batch,
                c.heads,
                c.keyHeads,
                c.queries,
                c.keys,
                c.size,
                c.valueSize,
                q,
                k,
                v,
                out,
                Optional.of(numbers.empty(DType.F32, (long) c.batch * c.heads * c.queries)),
                c.start.length == 0 ? Optional.empty() : Optional.of(numbers.i64(c.start)),
                c.valid.length == 0 ? Optional.empty() : Optional.of(numbers.i64(c.valid)),
                segments,
                mask,
                c.causal,
                c.window,
                1 / Math.sqrt(c.size),
                c.scores,
                false,
                drops);
    }

    private static Heads heads(Case c, Place place, int heads, int tokens, int size) {
        return c.tokensFirst
                ? Heads.tokensFirst(place, heads, tokens, size)
                : Heads.headsFirst(place, heads, tokens, size);
    }

    private void check(Case c) {
        check(c, spec(c));
    }

    private void check(Case c, AttentionSpec spec) {
        double[] expected = new double[c.batch * c.heads * c.queries * c.valueSize];
        double[] expectedLse = new double[c.batch * c.heads * c.queries];
        define(spec, expected, expectedLse);
        check(c, spec, expected, expectedLse);
    }

    private void check(Case c, AttentionSpec spec, double[] expected, double[] expectedLse) {
        for (int parts : new int[] {1, 3}) {
            Kernel kernel = attention(spec, numbers.scratch(parts));
            for (int run = 0; run < 2; run++) {
                for (int part = 0; part < parts; part++) {
                    kernel.run(part, parts);
                }
            }
            compare(c, spec, expected, expectedLse);
        }
    }

    private static void compare(Case c, AttentionSpec spec, double[] expected, double[] expectedLse) {
        Place lse = spec.logSumExp().orElseThrow();
        for (int row = 0; row < expectedLse.length; row++) {
            double e = expectedLse[row];
            double tolerance = c.scores == DType.BF16 ? 2e-2 : 1e-5 * Math.max(1, Math.abs(e));
            assertThat(e == at(lse, row) || Math.abs(at(lse, row) - e) < tolerance)
                    .as("%s: log-sum-exp %s of row %d, not %s", c, at(lse, row), row, e)
                    .isTrue();
        }
        double[] actual = elements(spec.out(), c.batch, c.heads, c.queries, c.valueSize);
        double largest = 1e-30;
        double worst = 0;
        for (int i = 0; i < expected.length; i++) {
            double difference = Math.abs(actual[i] - expected[i]);
            worst = Double.isNaN(difference) ? Double.POSITIVE_INFINITY : Math.max(worst, difference);
            largest = Math.max(largest, Math.abs(expected[i]));
        }
        boolean exact = c.dtype == DType.F32 && c.out == DType.F32;
        double tolerance =
                exact ? 1e-5 : c.scores == DType.BF16 ? 1.0 / 64 : c.out == DType.BF16 ? 1.0 / 128 : 1.0 / 256;
        assertThat(worst / largest).as("%s", c).isLessThan(tolerance);
        Numbers.assertUntouchedBehind(spec.out().place(), expected.length);
    }

    /// The definition, in float64.
    private static void define(AttentionSpec s, double[] out, double[] lse) {
        double[] q = elements(s.q(), s.batch(), s.queryHeads(), s.queries(), s.headSize());
        double[] k = elements(s.k(), s.batch(), s.keyHeads(), s.keys(), s.headSize());
        double[] v = elements(s.v(), s.batch(), s.keyHeads(), s.keys(), s.valueSize());
        double[] p = new double[s.keys()];
        for (int row = 0; row < lse.length; row++) {
            int b = row / s.queries() / s.queryHeads();
            int head = b * s.keyHeads() + row / s.queries() % s.queryHeads() / (s.queryHeads() / s.keyHeads());
            double start = s.start().isPresent() ? at(s.start().get(), b) : s.keys() - s.queries();
            int position = (int) start + row % s.queries();
            double max = Double.NEGATIVE_INFINITY;
            for (int j = 0; j < s.keys(); j++) {
                double dot = 0;
                for (int d = 0; d < s.headSize(); d++) {
                    dot += q[row * s.headSize() + d] * k[(head * s.keys() + j) * s.headSize() + d];
                }
                p[j] = sees(s, b, position, j) ? dot * s.scale() : Double.NEGATIVE_INFINITY;
                max = Math.max(max, p[j]);
            }
            double sum = 0;
            for (int j = 0; j < s.keys(); j++) {
                p[j] = max == Double.NEGATIVE_INFINITY ? 0 : Math.exp(p[j] - max);
                sum += p[j];
            }
            for (int j = 0; j < s.keys() && sum > 0; j++) {
                double share = p[j] / sum * raise(s, row, j);
                for (int d = 0; d < s.valueSize(); d++) {
                    out[row * s.valueSize() + d] += share * v[(head * s.keys() + j) * s.valueSize() + d];
                }
            }
            lse[row] = sum == 0 ? Double.NEGATIVE_INFINITY : max + Math.log(sum);
        }
    }

    private static double raise(AttentionSpec s, int row, int key) {
        if (s.drops().isEmpty()) {
            return 1;
        }
        ShareDrops drops = s.drops().get();
        long seed = (long) at(drops.seedPlace(), 0);
        double probability = at(drops.probabilityPlace(), 0);
        boolean dropped =
                DropoutNumbers.uniform(DropoutNumbers.key(seed, drops.layer(), row), key) < (float) probability;
        return dropped ? 0 : 1 / (1 - probability);
    }

    private static boolean sees(AttentionSpec s, int b, int position, int key) {
        long sequence = (long) b * s.keys();
        return (!s.causal() || key <= position)
                && (s.window() == 0 || key > position - s.window())
                && (s.valid().isEmpty() || key < at(s.valid().get(), b))
                && (s.keyMask().isEmpty() || at(s.keyMask().get(), sequence + key) != 0)
                && (s.segments().isEmpty()
                        || at(s.segments().get(), sequence + key)
                                == at(s.segments().get(), sequence + position));
    }

    private static double[] elements(Heads heads, int batch, int count, int tokens, int size) {
        double[] elements = new double[batch * count * tokens * size];
        DType dtype = heads.place().dtype();
        for (int i = 0; i < elements.length; i++) {
            int row = i / size;
            long address = heads.address(row / tokens / count, row / tokens % count, row % tokens);
            elements[i] = Elements.load(dtype, address + (long) i % size * dtype.bytes());
        }
        return elements;
    }

    @ParameterizedTest
    @CsvSource({
        "1, 1, 1, 1, 1, 1",
        "2, 3, 3, 7, 7, 16",
        "1, 2, 1, 17, 31, 17",
        "1, 12, 12, 33, 33, 32",
        "2, 9, 3, 65, 65, 64",
        "1, 4, 1, 16, 384, 33",
        "1, 6, 2, 1, 1000, 64",
        "1, 3, 1, 130, 300, 128",
        "3, 2, 2, 1, 65, 7",
        "1, 8, 1, 1, 5, 96",
        "2, 3, 3, 64, 128, 32",
        "1, 2, 2, 512, 512, 32",
        "1, 4, 2, 128, 256, 64"
    })
    void anyShapeAgreesWithTheDefinition(int batch, int heads, int keyHeads, int queries, int keys, int size) {
        Case c = Case.of(batch, heads, keyHeads, queries, keys, size);
        check(c);
        check(c.causally());
        check(c.in(DType.BF16, DType.F32, DType.F32));
        check(c.in(DType.BF16, DType.BF16, DType.F32).causally());
        check(c.in(DType.BF16, DType.F32, DType.BF16));
        check(c.masked(true, false, 0));
        check(c.masked(false, true, 0).causally());
        check(c.masked(true, true, 5).causally());
        check(c.masked(false, false, 3));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 33})
    void aCacheIsReadUpToWhatIsValidInIt(int queries) {
        Case c = Case.of(4, 6, 2, queries, 300, 64).causally();
        check(c.at(new long[] {0, 7, 250, 299 - queries}, new long[] {queries, 7 + queries, 250 + queries, 299}));
        check(c.at(new long[] {0, 7, 250, 5}, new long[] {0, 3, 300, 1}));
        check(c.masked(false, false, 20)
                .at(new long[] {0, 100, 250, 5}, new long[] {queries, 100 + queries, 250 + queries, 5 + queries}));
    }

    @Test
    void keysOfSeveralChunksAreJoined() {
        for (int queries : new int[] {1, 40}) {
            Case c = Case.of(1, 2, 1, queries, 2500, 40);
            check(c);
            check(c.causally());
            check(c.in(DType.BF16, DType.F32, DType.F32));
            check(c.masked(true, false, 0));
            check(c.masked(false, false, 1200).causally());
        }
    }

    @Test
    void keysOfARingLieAtTheRemaindersOfTheirPositions() {
        int keys = 47;
        int start = 94;
        for (int size : new int[] {24, 64}) {
            Case c = Case.of(1, 6, 2, 1, keys, size).values(size);
            for (Case in : List.of(c, c.in(DType.BF16, DType.F32, DType.F32))) {
                AttentionSpec inOrder = spec(in);
                double[] expected = new double[in.heads * size];
                double[] expectedLse = new double[in.heads];
                define(inOrder, expected, expectedLse);
                int first = start + 1 - keys;
                check(in, ring(inOrder, first, start), expected, expectedLse);
            }
        }
    }

    /// The same keys and values, as those of the positions from `first` on, where a ring has them.
    private AttentionSpec ring(AttentionSpec s, int first, int start) {
        return new AttentionSpec(
                s.batch(),
                s.queryHeads(),
                s.keyHeads(),
                s.queries(),
                s.keys(),
                s.headSize(),
                s.valueSize(),
                s.q(),
                turned(s.k(), s.keyHeads(), s.keys(), s.headSize(), first),
                turned(s.v(), s.keyHeads(), s.keys(), s.valueSize(), first),
                s.out(),
                s.logSumExp(),
                Optional.of(numbers.i64(start)),
                Optional.of(numbers.i64(start + 1)),
                Optional.empty(),
                Optional.empty(),
                true,
                0,
                s.scale(),
                s.scores(),
                true,
                Optional.empty());
    }

    private Heads turned(Heads heads, int count, int keys, int size, int first) {
        double[] from = elements(heads, 1, count, keys, size);
        Place place = numbers.filled(heads.place().dtype(), from.length, i -> {
            int row = i / size;
            int key = Math.floorMod(row % keys - first, keys);
            return from[(row / keys * keys + key) * size + i % size];
        });
        return Heads.headsFirst(place, count, keys, size);
    }

    @Test
    void valuesMayBeOfAnotherSizeThanKeys() {
        check(Case.of(2, 4, 2, 19, 23, 24).values(40));
        check(Case.of(2, 4, 2, 2, 23, 24).values(5));
    }

    @Test
    void moreQueriesThanKeysStandBeforeTheFirst() {
        check(Case.of(1, 1, 1, 20, 7, 16).causally());
        check(Case.of(1, 1, 1, 3, 2, 16).causally());
    }

    @ParameterizedTest
    @ValueSource(floats = {0, 0.1f, 0.75f, 1})
    void sharesAreDroppedByNumbersThatDependOnTheirPlaceAlone(float probability) {
        ShareDrops drops = new ShareDrops(numbers.i64(4321), numbers.f32(probability), 5);
        for (Case c : List.of(
                Case.of(2, 6, 2, 33, 70, 24).causally(),
                Case.of(1, 2, 1, 3, 5, 16),
                Case.of(1, 2, 2, 40, 1500, 40).masked(true, true, 0),
                Case.of(1, 2, 1, 150, 300, 32).in(DType.BF16, DType.F32, DType.F32),
                Case.of(1, 2, 1, 20, 90, 32).masked(false, false, 7).causally())) {
            check(c, spec(c, Optional.of(drops)));
        }
    }

    @Test
    void aQueryThatIsNoNumberHasNoOutputAndSpoilsNoOther() {
        for (int queries : new int[] {2, 64}) {
            Case c = Case.of(1, 1, 1, queries, queries, 32)
                    .in(DType.BF16, DType.F32, DType.F32)
                    .causally();
            AttentionSpec spec = spec(c);
            RawMemory.bf16(spec.q().address(0, 0, 0), Float.NaN);
            Kernel kernel = attention(spec, numbers.scratch(1));
            for (int run = 0; run < 2; run++) {
                kernel.run(0, 1);
                double[] out = elements(spec.out(), 1, 1, queries, 32);
                for (int i = 0; i < out.length; i++) {
                    assertThat(Double.isNaN(out[i]))
                            .as("%d of %d queries", i, queries)
                            .isEqualTo(i < 32);
                }
            }
        }
    }

    @Test
    void aRunAllocatesNothing() {
        for (int queries : new int[] {1, 64}) {
            Case c = Case.of(1, 4, 2, queries, 200, 64)
                    .in(DType.BF16, DType.F32, DType.F32)
                    .causally();
            Kernel kernel = attention(spec(c.masked(true, true, 100)), numbers.scratch(1));
            assertThat(RowProgramContract.allocatedBytes(kernel))
                    .as("%d queries", queries)
                    .isLessThan(1000);
        }
    }

    @Test
    void operandsThatDoNotFitTheirMemoryAreRefused() {
        Place small = Place.of(numbers.empty(DType.F32, 4).segment().asSlice(0, 16), DType.F32);
        Heads heads = Heads.headsFirst(small, 1, 1, 4);
        assertThatThrownBy(() -> new AttentionSpec(
                        1,
                        1,
                        1,
                        2,
                        1,
                        4,
                        4,
                        heads,
                        heads,
                        heads,
                        heads,
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        false,
                        0,
                        1,
                        DType.F32,
                        false,
                        Optional.empty()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("8 elements of f32 at offset 0 do not fit in 16 bytes");
    }
}
