package org.rduzoo.backend.host.simd;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.rduzoo.backend.host.kernel.Numbers;
import org.rduzoo.backend.host.kernel.Place;
import org.rduzoo.backend.host.kernel.RawMemory;
import org.rduzoo.backend.host.kernel.TileMath;
import org.rduzoo.ir.BinaryFn;
import org.rduzoo.ir.CompareFn;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.UnaryFn;

/// Which of the two forms a loop takes depends on time, so results must not depend on the form.
class LanesWithoutVectorsTest {

    private static final int[] WIDTHS = {
        1, 2, 7, 8, 15, 16, 17, 31, 32, 33, 48, 63, 64, 65, 72, 80, 96, 100, 127, 128, 129, 191, 576, 1000, 1537
    };
    private static final int[] BLOCKS = {16, 32, 48, 64, 80, 576, 4096};
    private static final double[] SPECIAL = {
        0,
        -0.0,
        1,
        -1,
        88.7,
        89,
        -87.3,
        -88,
        104,
        0.9,
        -0.9,
        10,
        14.5,
        20,
        -20,
        1e-40,
        -1e-40,
        3e38,
        -3e38,
        0x1p23,
        -0.5,
        0.5,
        2.5,
        0x1.01p0,
        0x1.03p0,
        0x1.fffffep0,
        Float.MIN_NORMAL,
        Float.POSITIVE_INFINITY,
        Float.NEGATIVE_INFINITY,
        Double.NaN
    };

    private final TileMath vectors = new VectorTileMath();
    private final TileMath lanes = new LaneTileMath();
    private final Numbers numbers = new Numbers(11);

    /// Does something with two operands and yields into a third place, or a number.
    private interface Use {
        float run(TileMath math, long a, long b, long to);
    }

    private static Use storing(StoringUse use) {
        return (math, a, b, to) -> {
            use.run(math, a, b, to);
            return 0;
        };
    }

    private interface StoringUse {
        void run(TileMath math, long a, long b, long to);
    }

    private void check(String what, int n, Place a, Place b, Use use) {
        Place byVectors = numbers.empty(DType.F32, 2L * n);
        Place byLanes = numbers.empty(DType.F32, 2L * n);
        float expected = use.run(vectors, a.address(), b.address(), byVectors.address());
        float actual = use.run(lanes, a.address(), b.address(), byLanes.address());
        assertThat(Float.floatToIntBits(actual)).as("%s of %d", what, n).isEqualTo(Float.floatToIntBits(expected));
        assertThat(bits(byLanes, n)).as("%s of %d", what, n).isEqualTo(bits(byVectors, n));
    }

    /// All NaNs count as one.
    private static int[] bits(Place place, int n) {
        return IntStream.range(0, 2 * n)
                .map(i -> Float.floatToIntBits(RawMemory.f32(place.address() + 4L * i)))
                .toArray();
    }

    private Place normal(int n) {
        return numbers.normal(DType.F32, 2L * n);
    }

    private Place special(int n, int step) {
        IntToDoubleFunction of = i -> SPECIAL[i * step % SPECIAL.length];
        return numbers.filled(DType.F32, n, of);
    }

    @ParameterizedTest
    @EnumSource(UnaryFn.class)
    void functionsOfOneNumberHaveTheSameBits(UnaryFn fn) {
        int n = 40_000;
        Place wide = numbers.filled(
                DType.F32,
                n,
                i -> i % 2 == 0
                        ? (i - n / 2) * 200.0 / n
                        : Math.scalb(1 + i / (double) n, i % 250 - 125) * (i % 4 < 2 ? 1 : -1));
        check(fn.name(), n, wide, wide, storing((math, a, _, to) -> math.unary(fn, a, to, n)));
        check(fn.name(), 64, special(64, 1), wide, storing((math, a, _, to) -> math.unary(fn, a, to, 64)));
    }

    @ParameterizedTest
    @EnumSource(BinaryFn.class)
    void functionsOfTwoNumbersHaveTheSameBits(BinaryFn fn) {
        for (int n : BLOCKS) {
            check(fn.name(), n, normal(n), normal(n), storing((math, a, b, to) -> math.binary(fn, a, b, to, n)));
        }
        for (int step : new int[] {1, 7, 11, 13}) {
            int n = 64;
            Use use = storing((math, a, b, to) -> math.binary(fn, a, b, to, n));
            check(fn.name(), n, special(n, 1), special(n, step), use);
        }
    }

    @ParameterizedTest
    @EnumSource(CompareFn.class)
    void comparisonsHaveTheSameBits(CompareFn fn) {
        int n = 64;
        for (int step : new int[] {1, 7, 11, 13}) {
            Use use = storing((math, a, b, to) -> math.compare(fn, a, b, to, n));
            check(fn.name(), n, special(n, 1), special(n, step), use);
        }
    }

    @Test
    void conversionsHaveTheSameBits() {
        for (int n : BLOCKS) {
            Place a = special(n, 1);
            Place b = normal(n);
            check("select", n, a, b, storing((math, x, y, to) -> math.select(x, y, x, to, n)));
            check("round", n, a, b, storing((math, x, _, to) -> math.round(x, to, n)));
            check("round", n, a, b, storing((math, _, y, to) -> math.round(y, to, n)));
            check("truncate", n, a, b, storing((math, x, _, to) -> math.truncate(x, to, n)));
        }
        for (int n : WIDTHS) {
            Place a = special(n, 1);
            Place b = normal(n);
            check("fill", n, a, b, storing((math, _, _, to) -> math.fill(to, 1.5f, n)));
            check("copy", n, a, b, storing((math, x, _, to) -> math.copy(x, to, n)));
            check("widen", n, a, b, storing((math, x, _, to) -> math.widen(x, to, n)));
            check("narrow", n, a, b, storing((math, _, y, to) -> math.narrow(y, to, n)));
            check("dropout", n, a, b, storing((math, _, y, to) -> math.dropout(y, to, 1L << 40 | 7, -3, 0.3f, 2, n)));
        }
    }

    @Test
    void sumsOfRowsOfAnyLengthHaveTheSameBits() {
        for (int n : WIDTHS) {
            Place a = normal(n);
            Place b = normal(n);
            check("sum", n, a, b, (math, x, _, _) -> math.sum(x, n));
            check("sum of rows", n, a, b, storing((math, x, _, to) -> math.sumOfRows(x, 2, 4L * n, to, n)));
            check("max", n, a, b, (math, x, _, _) -> math.max(x, n));
            check("sum of exp", n, a, b, (math, x, _, _) -> math.sumOfExp(x, 5, n));
            check("softmax", n, a, b, storing((math, x, _, to) -> math.softmax(x, to, n)));
            check("turn", n, a, b, storing((math, x, y, to) -> math.turn(x, 0, y, y + 4, to, 0, n, 2)));
            for (boolean weight : new boolean[] {false, true}) {
                check("rms", n, a, b, storing((math, x, y, to) -> math.rmsNorm(x, weight ? y : 0, 1e-5, to, n)));
                for (boolean bias : new boolean[] {false, true}) {
                    check(
                            "norm",
                            n,
                            a,
                            b,
                            storing((math, x, y, to) ->
                                    math.layerNorm(x, weight ? y : 0, bias ? y + 4L * n : 0, 1e-5, to, n)));
                }
            }
        }
    }

    @Test
    void sharesOfAttentionHaveTheSameBits() {
        int width = 256;
        int count = 6;
        for (boolean toBf16 : new boolean[] {false, true}) {
            Place scores = numbers.normal(DType.F32, (long) count * width);
            for (int i = 0; i < 16; i++) {
                RawMemory.f32(scores.address() + 4L * (5 * width + i), Float.NEGATIVE_INFINITY);
            }
            Place[] shares = {
                numbers.empty(DType.F32, (long) count * width), numbers.empty(DType.F32, (long) count * width)
            };
            ShareRows.Rows[] rows = new ShareRows.Rows[2];
            for (int form = 0; form < 2; form++) {
                rows[form] = ShareRows.Rows.of(count, scores.address(), shares[form].address(), 0, width, 0);
                System.arraycopy(new int[] {0, 16, 32, 128, 0, 0}, 0, rows[form].low(), 0, count);
                System.arraycopy(new int[] {256, 256, 48, 128, 16, 16}, 0, rows[form].high(), 0, count);
                float none = Float.NEGATIVE_INFINITY;
                System.arraycopy(new float[] {none, 0.2f, 4, none, 1, none}, 0, rows[form].max(), 0, count);
                if (form == 0) {
                    VectorShares.shares(rows[form], count, 0.125f, toBf16);
                } else {
                    LaneShares.shares(rows[form], count, 0.125f, toBf16);
                }
            }
            assertThat(rows[1].sum()).isEqualTo(rows[0].sum());
            assertThat(rows[1].max()).isEqualTo(rows[0].max());
            assertThat(rows[1].was()).isEqualTo(rows[0].was());
            assertThat(rows[0].sum()[0]).isGreaterThan(1);
            assertThat(rows[0].sum()[3]).isZero();
            assertThat(rows[0].sum()[5]).isZero();
            assertThat(bits(shares[1], count * width / 2)).isEqualTo(bits(shares[0], count * width / 2));
        }
    }

    @Test
    void outputsOfAttentionHaveTheSameBits() {
        for (int size : new int[] {32, 40, 7}) {
            for (boolean toBf16 : new boolean[] {false, true}) {
                Place outputs = numbers.normal(DType.F32, 6L * size);
                Place[] to = {numbers.empty(DType.F32, 9L * size), numbers.empty(DType.F32, 9L * size)};
                ShareRows.Rows rows = ShareRows.Rows.of(6, 0, 0, outputs.address(), 0, size);
                System.arraycopy(new float[] {1, 0.3f, 7, 0, 1e-20f, 2}, 0, rows.factor(), 0, 6);
                VectorShares.finish(rows, 1, 2, 3, to[0].address(), 12L * size, toBf16);
                LaneShares.finish(rows, 1, 2, 3, to[1].address(), 12L * size, toBf16);
                assertThat(bits(to[1], 4 * size)).isEqualTo(bits(to[0], 4 * size));
                assertThat(bits(to[0], 1)[0]).isNotZero();
            }
        }
    }

    @Test
    void otherLoopsOfAttentionHaveTheSameBits() {
        int n = 96;
        Place segments = numbers.filled(DType.F32, n, i -> i % 3);
        int one = Float.floatToRawIntBits(1);
        for (int odd : new int[] {0, 5}) {
            int any = n - odd;
            share("scale", n, to -> VectorShares.scale(to, 0.3f, to, any), to -> LaneShares.scale(to, 0.3f, to, any));
            share(
                    "copy",
                    n,
                    to -> VectorShares.copy(segments.address(), 80, to, 100, 4 * 20 - odd, 3),
                    to -> LaneShares.copy(segments.address(), 80, to, 100, 4 * 20 - odd, 3));
            share(
                    "widen",
                    n,
                    to -> VectorShares.widen(segments.address(), 60, to, 100, 25 - odd, 3),
                    to -> LaneShares.widen(segments.address(), 60, to, 100, 25 - odd, 3));
            share("clear", n, to -> VectorShares.clear(to, 4 * n - odd), to -> LaneShares.clear(to, 4 * n - odd));
        }
        share(
                "scale and round",
                n,
                to -> VectorShares.scaleAndRound(to, 0.3f, n),
                to -> LaneShares.scaleAndRound(to, 0.3f, n));
        share(
                "hide",
                n,
                to -> VectorShares.hideOthers(to, segments.address(), one, n),
                to -> LaneShares.hideOthers(to, segments.address(), one, n));
    }

    private interface Change {
        void run(long to);
    }

    private void share(String what, int n, Change byVectors, Change byLanes) {
        Place a = numbers.filled(DType.F32, 2L * n, i -> 7 * Math.sin(i));
        Place b = numbers.filled(DType.F32, 2L * n, i -> 7 * Math.sin(i));
        byVectors.run(a.address());
        byLanes.run(b.address());
        assertThat(bits(b, n)).as(what).isEqualTo(bits(a, n));
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 8, 36, 64, 576, 1536})
    void aRowTimesAPairedWeight(int k) {
        int n = 3 * PairedRow.COLUMNS;
        Place x = numbers.normal(DType.BF16, k);
        Place weight = numbers.normal(DType.BF16, (long) n * k);
        Place byVectors = numbers.empty(DType.F32, n);
        Place byLanes = numbers.empty(DType.F32, n);
        float[] wide = Copies.widen(Copies.shorts(x.address(), k));
        Place scratch = numbers.empty(DType.F32, k);
        Copies.store(wide, scratch.address());
        PairedRow.row(scratch.address(), weight.address(), k, n, byVectors.address());
        PairedRow.rowWithoutVectors(wide, weight.address(), n, byLanes.address());
        assertThat(Copies.floats(byLanes.address(), n)).containsExactly(Copies.floats(byVectors.address(), n));
    }
}
