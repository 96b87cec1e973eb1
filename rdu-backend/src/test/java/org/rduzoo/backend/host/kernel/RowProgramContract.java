package org.rduzoo.backend.host.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.rduzoo.backend.host.kernel.Numbers.at;
import static org.rduzoo.backend.host.kernel.Numbers.relativeError;

import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.IntToDoubleFunction;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.rduzoo.backend.host.kernel.RowProgram.Register;
import org.rduzoo.backend.host.machine.Kernel;
import org.rduzoo.ir.BinaryFn;
import org.rduzoo.ir.CompareFn;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.ReduceFn;
import org.rduzoo.ir.Shape;
import org.rduzoo.ir.UnaryFn;
import org.rduzoo.samba.UserError;

/// What every implementation of row programs does.
public abstract class RowProgramContract {

    private final Numbers numbers = new Numbers(7);

    protected abstract Kernels kernels();

    private void run(Shape shape, Consumer<RowProgram.Builder> program) {
        run(shape, 1, program);
    }

    private void run(Shape shape, int parts, Consumer<RowProgram.Builder> program) {
        RowProgram.Builder builder = RowProgram.builder(shape);
        program.accept(builder);
        Kernel kernel = kernels().rows(builder.build(), numbers.scratch(parts));
        for (int part = parts - 1; part >= 0; part--) {
            kernel.run(part, parts);
        }
    }

    @ParameterizedTest
    @EnumSource(UnaryFn.class)
    void functionsOfOneNumberKeepSixDigitsOverTheirWholeRange(UnaryFn fn) {
        int n = 200_003;
        Place x = numbers.filled(DType.F32, n, i -> switch (i % 4) {
            case 0 -> (i - n / 2) * 200.0 / n;
            case 1 -> (i - n / 2) * 8.0 / n;
            case 2 -> Math.scalb(1 + i / (double) n, i % 250 - 125) * (i % 8 < 4 ? 1 : -1);
            default -> 1 + (i - n / 2) * 1e-2 / n;
        });
        Place y = numbers.empty(DType.F32, n);
        run(Shape.of(n), p -> p.store(p.unary(fn, p.load(x, Shape.of(n))), y));
        for (int i = 0; i < n; i++) {
            double expected = fn.apply(at(x, i));
            double actual = at(y, i);
            if (Math.abs(expected) > Float.MAX_VALUE || Double.isNaN(expected)) {
                assertThat(actual).as("%s(%s)", fn, at(x, i)).isEqualTo(Double.valueOf((float) expected));
            } else {
                // Far out, GELU by tanh is the exponential of a rounded number.
                double tail = fn == UnaryFn.GELU_TANH ? 1e-9 : 2e-36;
                assertThat(Math.abs(actual - expected))
                        .as("%s(%s) = %s, not %s", fn, at(x, i), actual, expected)
                        .isLessThanOrEqualTo(1e-6 * Math.abs(expected) + tail);
            }
        }
        Numbers.assertUntouchedBehind(y, n);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 16, 37, 128, 3000})
    void rowsAreSummedInRunsWhateverTheNumberOfParts(int columns) {
        int run = RowProgram.summed(columns);
        int rows = 5 * run / 2;
        int results = 3 * columns;
        Place x = numbers.filled(DType.BF16, Math.multiplyExact(rows, columns), i -> i % 251 - 125);
        float[][] sums = new float[2][];
        for (int parts = 1; parts <= 2; parts++) {
            Place y = numbers.empty(DType.F32, results);
            run(
                    Shape.of(rows, columns),
                    parts,
                    p -> p.sumRows(p.unary(UnaryFn.NEG, p.load(x, Shape.of(rows, columns))), y));
            sums[parts - 1] = new float[results];
            for (int i = 0; i < results; i++) {
                sums[parts - 1][i] = (float) at(y, i);
            }
            Numbers.assertUntouchedBehind(y, results);
        }
        assertThat(sums[0]).isEqualTo(sums[1]);
        for (int i = 0; i < results; i++) {
            double expected = 0;
            for (int r = i / columns * run; r < Math.min(rows, (i / columns + 1) * run); r++) {
                expected -= at(x, r * columns + i % columns);
            }
            // Sums of few small integers are exact.
            assertThat((double) sums[0][i]).isEqualTo(expected);
        }
    }

    @ParameterizedTest
    @EnumSource(UnaryFn.class)
    void functionsOfOneNumberPassInfinitiesZerosAndNanThrough(UnaryFn fn) {
        double[] values = {
            0.0, -0.0, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, Double.NaN, 1e38, -1e38, 1e-40, -1e-40, 1, -1
        };
        Place x = numbers.filled(DType.F32, 33, i -> values[i % values.length]);
        Place y = numbers.empty(DType.F32, 33);
        run(Shape.of(33), p -> p.store(p.unary(fn, p.load(x, Shape.of(33))), y));
        for (int i = 0; i < 33; i++) {
            float expected = (float) fn.apply(at(x, i));
            String what = fn + "(" + at(x, i) + ")";
            if (Float.isInfinite(expected) || Float.isNaN(expected) || Math.abs(expected) >= 1e-30) {
                assertThat(at(y, i)).as(what).isCloseTo(expected, Percentage.withPercentage(1e-4));
            } else {
                assertThat(Math.abs(at(y, i))).as(what).isLessThan(1e-37);
            }
            if (expected == 0 && Math.abs(at(x, i)) < 1) {
                assertThat(Math.copySign(1, at(y, i))).as(what).isEqualTo(Math.copySign(1, expected));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(BinaryFn.class)
    void functionsOfTwoNumbersStretchTheirOperands(BinaryFn fn) {
        for (int columns : new int[] {1, 7, 16, 17, 384, 1000}) {
            Shape shape = Shape.of(5, 3, columns);
            int n = (int) shape.elements();
            Place x = numbers.filled(DType.F32, n, i -> 0.1 + i % 13);
            Place row = numbers.normal(DType.F32, columns);
            Place perRow = numbers.normal(DType.BF16, 15);
            Place middle = numbers.normal(DType.F32, 3L * columns);
            Place outer = numbers.normal(DType.F32, 5);
            Place scalar = numbers.normal(DType.F32, 1);
            stretches(fn, shape, x, row, Shape.of(columns), i -> i % columns);
            stretches(fn, shape, x, perRow, Shape.of(5, 3, 1), i -> i / columns);
            stretches(fn, shape, x, middle, Shape.of(1, 3, columns), i -> i % (3 * columns));
            stretches(fn, shape, x, outer, Shape.of(5, 1, 1), i -> i / (3 * columns));
            stretches(fn, shape, x, scalar, Shape.SCALAR, _ -> 0);
            stretches(fn, shape, x, x, shape, i -> i);
        }
    }

    private void stretches(BinaryFn fn, Shape shape, Place x, Place other, Shape otherShape, IntUnaryOperator map) {
        int n = (int) shape.elements();
        for (int parts : new int[] {1, 3}) {
            Place y = numbers.empty(DType.F32, n);
            run(shape, parts, p -> p.store(p.binary(fn, p.load(x, shape), p.load(other, otherShape)), y));
            for (int i = 0; i < n; i++) {
                float expected = (float) fn.apply(at(x, i), at(other, map.applyAsInt(i)));
                assertThat((float) at(y, i))
                        .as("%s at %d of %s with %s", fn, i, shape, otherShape)
                        .isEqualTo(expected);
            }
            Numbers.assertUntouchedBehind(y, n);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 16, 17, 31, 33, 65, 384, 1000, 5000})
    void normsAndSoftmaxAgreeWithFloat64(int columns) {
        int rows = 9;
        Shape shape = Shape.of(rows, columns);
        int n = rows * columns;
        Place x = numbers.filled(DType.F32, n, i -> 3 * Math.sin(i) + (double) i / columns);
        Place weight = numbers.normal(DType.F32, columns);
        Place bias = numbers.normal(DType.BF16, columns);
        Place layer = numbers.empty(DType.F32, n);
        Place rms = numbers.empty(DType.F32, n);
        Place soft = numbers.empty(DType.F32, n);
        Place sum = numbers.empty(DType.F32, rows);
        Place mean = numbers.empty(DType.F32, rows);
        Place max = numbers.empty(DType.F32, rows);
        run(shape, 2, p -> {
            Register v = p.load(x, shape);
            Optional<Register> w = Optional.of(p.load(weight, Shape.of(columns)));
            p.store(p.layerNorm(v, w, Optional.of(p.load(bias, Shape.of(columns))), 1e-12), layer);
            p.store(p.rmsNorm(v, w, 1e-6), rms);
            p.store(p.softmax(v), soft);
            p.storePerRow(p.reduce(ReduceFn.SUM, v), sum);
            p.storePerRow(p.reduce(ReduceFn.MEAN, v), mean);
            p.storePerRow(p.reduce(ReduceFn.MAX, v), max);
        });
        double[] means = new double[rows];
        double[] variances = new double[rows];
        double[] squares = new double[rows];
        double[] largest = new double[rows];
        double[] exps = new double[rows];
        for (int r = 0; r < rows; r++) {
            largest[r] = Double.NEGATIVE_INFINITY;
            for (int c = 0; c < columns; c++) {
                double v = at(x, r * columns + c);
                means[r] += v / columns;
                squares[r] += v * v / columns;
                largest[r] = Math.max(largest[r], v);
            }
            for (int c = 0; c < columns; c++) {
                double v = at(x, r * columns + c);
                variances[r] += (v - means[r]) * (v - means[r]) / columns;
                exps[r] += Math.exp(v - largest[r]);
            }
        }
        assertThat(relativeError(
                        layer,
                        i -> {
                            int r = i / columns;
                            double v = (at(x, i) - means[r]) / Math.sqrt(variances[r] + 1e-12);
                            return v * at(weight, i % columns) + at(bias, i % columns);
                        },
                        n))
                .isLessThan(1e-5);
        assertThat(relativeError(
                        rms,
                        i -> {
                            return at(x, i) / Math.sqrt(squares[i / columns] + 1e-6) * at(weight, i % columns);
                        },
                        n))
                .isLessThan(1e-6);
        assertThat(relativeError(soft, i -> Math.exp(at(x, i) - largest[i / columns]) / exps[i / columns], n))
                .isLessThan(1e-6);
        assertThat(relativeError(sum, r -> means[r] * columns, rows)).isLessThan(1e-6);
        assertThat(relativeError(mean, r -> means[r], rows)).isLessThan(1e-6);
        assertThat(relativeError(max, r -> largest[r], rows)).isZero();
        Numbers.assertUntouchedBehind(layer, n);
        Numbers.assertUntouchedBehind(soft, n);
    }

    /// Of one row, a weight is an operand as any other, and the result may take its place.
    @Test
    void normsOfASingleRowFindTheirWeightsAndBiases() {
        int n = 36;
        Shape shape = Shape.of(1, n);
        Place x = numbers.normal(DType.F32, n);
        Place weight = numbers.normal(DType.F32, n);
        Place rms = numbers.empty(DType.F32, n);
        Place weighted = numbers.empty(DType.F32, n);
        Place shifted = numbers.empty(DType.F32, n);
        run(shape, 1, p -> p.store(p.rmsNorm(p.load(x, shape), Optional.of(p.load(weight, shape)), 1e-6), rms));
        run(
                shape,
                1,
                p -> p.store(
                        p.layerNorm(p.load(x, shape), Optional.of(p.load(weight, shape)), Optional.empty(), 1e-6),
                        weighted));
        run(
                shape,
                1,
                p -> p.store(
                        p.layerNorm(p.load(x, shape), Optional.empty(), Optional.of(p.load(weight, shape)), 1e-6),
                        shifted));
        double[] v = IntStream.range(0, n).mapToDouble(i -> at(x, i)).toArray();
        double mean = Arrays.stream(v).average().orElseThrow();
        double squares = Arrays.stream(v).map(e -> e * e).average().orElseThrow();
        double deviation = Math.sqrt(squares - mean * mean + 1e-6);
        assertThat(relativeError(rms, i -> v[i] / Math.sqrt(squares + 1e-6) * at(weight, i), n))
                .isLessThan(1e-6);
        assertThat(relativeError(weighted, i -> (v[i] - mean) / deviation * at(weight, i), n))
                .isLessThan(1e-5);
        assertThat(relativeError(shifted, i -> (v[i] - mean) / deviation + at(weight, i), n))
                .isLessThan(1e-5);
    }

    @Test
    void layerNormOfARowOfOneNumberIsItsBias() {
        Place x = numbers.filled(DType.F32, 3 * 384, i -> new double[] {1000.1, -0.3, 1e6}[i / 384]);
        Place y = numbers.empty(DType.F32, 3 * 384);
        run(Shape.of(3, 384), p -> {
            p.store(p.layerNorm(p.load(x, Shape.of(3, 384)), Optional.empty(), Optional.empty(), 1e-12), y);
        });
        for (int i = 0; i < 3 * 384; i++) {
            assertThat(at(y, i)).isBetween(-1e-2, 1e-2);
        }
    }

    @Test
    void aChainOfStepsKeepsEveryValueApart() {
        for (int columns : new int[] {33, 384, 3000}) {
            Shape shape = Shape.of(50, columns);
            int n = 50 * columns;
            Place x = numbers.normal(DType.BF16, n);
            Place residual = numbers.normal(DType.F32, n);
            Place bias = numbers.normal(DType.F32, columns);
            Place sum = numbers.empty(DType.F32, n);
            Place rounded = numbers.empty(DType.BF16, n);
            run(shape, 2, p -> {
                Register r = p.load(residual, shape);
                Register b = p.load(bias, Shape.of(columns));
                Register v = p.binary(BinaryFn.ADD, p.load(x, shape), b);
                Register s = p.binary(BinaryFn.ADD, p.unary(UnaryFn.GELU, v), r);
                p.store(s, sum);
                Register half = p.constant(0.5);
                Register t = p.binary(BinaryFn.MUL, p.unary(UnaryFn.TANH, s), half);
                Register u = p.binary(BinaryFn.SUB, t, p.binary(BinaryFn.MUL, r, v));
                p.store(p.select(p.compare(CompareFn.LT, s, half), u, t), rounded);
            });
            IntToDoubleFunction v = i -> at(x, i) + at(bias, i % columns);
            IntToDoubleFunction s = i -> UnaryFn.GELU.apply(v.applyAsDouble(i)) + at(residual, i);
            assertThat(relativeError(sum, s, n)).isLessThan(1e-6);
            assertThat(relativeError(
                            rounded,
                            i -> {
                                double t = 0.5 * Math.tanh(at(sum, i));
                                return at(sum, i) < 0.5 ? t - at(residual, i) * v.applyAsDouble(i) : t;
                            },
                            n))
                    .isLessThan(1.0 / 256);
            Numbers.assertUntouchedBehind(rounded, n);
        }
    }

    @Test
    void whatIsStoredMayLieWhereItWasLoaded() {
        Shape shape = Shape.of(40, 64);
        Place x = numbers.filled(DType.F32, 40 * 64, i -> i);
        run(shape, p -> {
            Register v = p.load(x, shape);
            Register doubled = p.binary(BinaryFn.ADD, v, v);
            p.store(p.binary(BinaryFn.ADD, doubled, v), x);
        });
        assertThat(relativeError(x, i -> 3.0 * i, 40 * 64)).isZero();
    }

    @Test
    void everyElementTypeIsLoadedAndStored() {
        Shape shape = Shape.of(3, 21);
        Place i64 = numbers.filled(DType.I64, 63, i -> i - 30);
        Place bool = numbers.filled(DType.BOOL, 63, i -> i % 3 == 0 ? 1 : 0);
        Place asBf16 = numbers.empty(DType.BF16, 63);
        Place asI64 = numbers.empty(DType.I64, 63);
        Place asBool = numbers.empty(DType.BOOL, 63);
        run(shape, p -> {
            Register v = p.binary(BinaryFn.MUL, p.load(i64, shape), p.constant(1.3));
            p.store(p.select(p.load(bool, shape), v, p.constant(0)), asBf16);
            p.store(p.truncate(v), asI64);
            p.store(v, asBool);
        });
        for (int i = 0; i < 63; i++) {
            float v = (i - 30) * 1.3f;
            assertThat(at(asBf16, i)).isEqualTo(i % 3 == 0 ? ScalarFunctions.roundToBf16(v) : 0);
            assertThat(at(asI64, i)).isEqualTo((int) v);
            assertThat(at(asBool, i)).isEqualTo(v != 0 ? 1 : 0);
        }
    }

    @Test
    void roundingToBf16IsToTheNearestTiesToEvenAndKeepsNan() {
        float[] values = {
            1f,
            0x1.01p0f,
            0x1.03p0f,
            3.4e38f,
            Float.NaN,
            Float.intBitsToFloat(0x7fffffff),
            Float.intBitsToFloat(0xff800001),
            Float.NEGATIVE_INFINITY,
            -0f,
            1e-40f,
            Float.intBitsToFloat(0xbf808001)
        };
        int[] bits = {0x3f80, 0x3f80, 0x3f82, 0x7f80, -1, -1, -1, 0xff80, 0x8000, 0x0001, 0xbf81};
        Place x = numbers.filled(DType.F32, 33, i -> values[i % 11]);
        Place inPlace = numbers.empty(DType.F32, 33);
        Place narrow = numbers.empty(DType.BF16, 33);
        Place twice = numbers.empty(DType.BF16, 33);
        Place alone = numbers.empty(DType.BF16, 33);
        run(Shape.of(33), p -> {
            Register v = p.load(x, Shape.of(33));
            Register rounded = p.round(v);
            p.store(rounded, inPlace);
            p.store(v, narrow);
            p.store(rounded, twice);
            p.store(p.round(v), alone);
        });
        for (int i = 0; i < 33; i++) {
            float expected = bits[i % 11] < 0 ? Float.NaN : Float.intBitsToFloat(bits[i % 11] << 16);
            assertThat((float) at(inPlace, i)).as("%s", values[i % 11]).isEqualTo(Float.valueOf(expected));
            for (Place stored : List.of(narrow, twice, alone)) {
                assertThat((float) at(stored, i)).as("%s", values[i % 11]).isEqualTo(Float.valueOf(expected));
            }
        }
    }

    @Test
    void stridedRowsAreReadAndWrittenWhereTheyLie() {
        // [2, 5, 3, 32] read as heads of tokens, written as heads first; a column slice besides.
        Shape headsFirst = Shape.of(2, 3, 5, 32);
        Place x = numbers.normal(DType.F32, 2 * 5 * 3 * 32);
        Place y = numbers.empty(DType.BF16, 2 * 5 * 3 * 32);
        run(headsFirst, 2, p -> p.store(p.load(x, 480, 32, 96, 1), y));
        for (int i = 0; i < 960; i++) {
            int from = i / 480 * 480 + i / 160 % 3 * 32 + i / 32 % 5 * 96 + i % 32;
            assertThat((float) at(y, i)).isEqualTo(ScalarFunctions.roundToBf16((float) at(x, from)));
        }
        Place transposed = numbers.empty(DType.F32, 7 * 9);
        Place small = numbers.normal(DType.F32, 7 * 9);
        run(Shape.of(7, 9), p -> p.store(p.load(small, Shape.of(7, 9)), transposed, 1, 7));
        for (int i = 0; i < 63; i++) {
            assertThat(at(transposed, i % 9 * 7 + i / 9)).isEqualTo(at(small, i));
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"F32", "BF16"})
    void rowsOfATableAreLookedUp(DType dtype) {
        for (int columns : new int[] {1, 31, 384}) {
            Place table = numbers.normal(dtype, 100L * columns);
            Place positions = numbers.normal(DType.F32, 3L * columns);
            long[] ids = {99, 0, 17, 3, 3, 50};
            Place y = numbers.empty(DType.F32, 6L * columns);
            Place id = numbers.i64(ids);
            run(Shape.of(2, 3, columns), 2, p -> {
                Register e = p.gather(table, 100, id, Shape.of(2, 3));
                p.store(p.binary(BinaryFn.ADD, e, p.load(positions, Shape.of(3, columns))), y);
            });
            for (int i = 0; i < 6 * columns; i++) {
                int r = i / columns;
                float expected = (float) at(table, ids[r] * columns + i % columns)
                        + (float) at(positions, (long) r % 3 * columns + i % columns);
                assertThat((float) at(y, i)).isEqualTo(expected);
            }
        }
    }

    @Test
    void anIdOutsideTheTableIsNamed() {
        Place table = numbers.normal(DType.F32, 100 * 8);
        Place y = numbers.empty(DType.F32, 2 * 8);
        for (long id : new long[] {100, -1, Long.MAX_VALUE}) {
            Place ids = numbers.i64(5, id);
            assertThatThrownBy(() -> run(Shape.of(2, 8), p -> p.store(p.gather(table, 100, ids, Shape.of(2)), y)))
                    .isInstanceOf(UserError.class)
                    .hasMessageContaining(
                            "id " + id + ", in place 1 of the input, is outside the table of 100 entries");
        }
    }

    @Test
    void operandsThatDoNotFitTheirMemoryAreRefused() {
        Place x = Place.of(numbers.empty(DType.F32, 10).segment().asSlice(0, 40), DType.F32);
        assertThatThrownBy(() -> RowProgram.builder(Shape.of(11)).load(x, Shape.of(11)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("11 elements of f32 at offset 0 do not fit in 40 bytes");
    }

    @Test
    void emptyTensorsAreNoWork() {
        Place x = numbers.empty(DType.F32, 0);
        run(Shape.of(0, 5), p -> p.store(p.unary(UnaryFn.EXP, p.load(x, Shape.of(0, 5))), x));
        run(Shape.of(5, 0), p -> p.store(p.softmax(p.load(x, Shape.of(5, 0))), x));
        Numbers.assertUntouchedBehind(x, 0);
    }

    @Test
    void aRunAllocatesNothing() {
        Shape shape = Shape.of(128, 384);
        Place x = numbers.normal(DType.F32, 128 * 384);
        Place weight = numbers.normal(DType.F32, 384);
        Place y = numbers.empty(DType.BF16, 128 * 384);
        RowProgram.Builder p = RowProgram.builder(shape);
        Register v = p.load(x, shape);
        Optional<Register> w = Optional.of(p.load(weight, Shape.of(384)));
        Register h = p.binary(BinaryFn.ADD, p.unary(UnaryFn.GELU, v), p.unary(UnaryFn.SILU, v));
        p.store(p.softmax(p.layerNorm(h, w, w, 1e-12)), y);
        Kernel kernel = kernels().rows(p.build(), numbers.scratch(1));
        assertThat(allocatedBytes(kernel)).isLessThan(1000);
    }

    /// What a run allocates, once the compiler has seen enough of them.
    public static long allocatedBytes(Kernel kernel) {
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long least = Long.MAX_VALUE;
        // Where tests run side by side, the compiler waits for a processor.
        long end = System.nanoTime() + 60_000_000_000L;
        while (least >= 1000 && System.nanoTime() < end) {
            long before = threads.getCurrentThreadAllocatedBytes();
            kernel.run(0, 1);
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        return least;
    }
}
