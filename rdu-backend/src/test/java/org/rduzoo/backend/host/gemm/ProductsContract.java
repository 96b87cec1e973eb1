package org.rduzoo.backend.host.gemm;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.rduzoo.backend.host.machine.Kernel;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.UnaryFn;

/// What every way to compute products must do, held to a loop in float64.
abstract class ProductsContract {

    private static final int[] SIZES = {1, 2, 3, 7, 17, 33, 65, 129};

    private final Arena arena = Arena.ofShared();
    private final Random random = new Random(7);

    abstract Products products(int parts);

    @AfterEach
    void free() {
        arena.close();
    }

    @Test
    void productsOfAllSizesAndTypes() {
        for (DType operand : List.of(DType.F32, DType.BF16)) {
            try (Products products = products(2)) {
                for (int m : SIZES) {
                    for (int n : SIZES) {
                        for (int k : SIZES) {
                            check(products, 2, new Case(m, n, k, operand));
                        }
                    }
                }
            }
        }
    }

    @Test
    void everyActivationWithEveryKindOfResidual() {
        for (Case base : List.of(
                new Case(1, 66, 40, DType.F32),
                new Case(1, 66, 40, DType.BF16),
                new Case(5, 48, 33, DType.BF16),
                new Case(70, 65, 33, DType.F32),
                new Case(150, 96, 70, DType.BF16))) {
            for (DType c : List.of(DType.F32, DType.BF16)) {
                for (Addend addend : Addend.values()) {
                    try (Products products = products(2)) {
                        for (UnaryFn activation : Products.ACTIVATIONS) {
                            check(
                                    products,
                                    2,
                                    base.with(c).with(addend).biased().with(Optional.of(activation)));
                        }
                        check(products, 2, base.with(c).with(addend));
                    }
                }
            }
        }
    }

    @Test
    void sizesThatFillBlocks() {
        for (DType operand : List.of(DType.F32, DType.BF16)) {
            try (Products products = products(2)) {
                for (int m : new int[] {1, 2, 8, 130}) {
                    for (int n : new int[] {64, 192, 320}) {
                        check(products, 2, new Case(m, n, 96, operand).biased());
                    }
                }
            }
        }
    }

    @Test
    void matricesMayHaveGapsBetweenRows() {
        for (DType operand : List.of(DType.F32, DType.BF16)) {
            for (int m : new int[] {1, 4, 130}) {
                try (Products products = products(2)) {
                    for (Addend addend : Addend.values()) {
                        for (DType c : List.of(DType.F32, DType.BF16)) {
                            check(
                                    products,
                                    2,
                                    new Case(m, 50, 37, operand)
                                            .with(c)
                                            .with(addend)
                                            .biased()
                                            .gaps());
                        }
                    }
                }
            }
        }
    }

    @Test
    void anyNumberOfPartsGivesTheSame() {
        for (int parts = 1; parts <= 5; parts++) {
            try (Products products = products(parts)) {
                for (int m : new int[] {1, 3, 64, 1100}) {
                    check(products, parts, new Case(m, 97, 64, DType.BF16).biased());
                    check(
                            products,
                            parts,
                            new Case(m, 3, 64, DType.F32).with(Addend.F32).biased());
                }
            }
        }
    }

    @Test
    void fewerThreadsThanPlannedDoAllParts() {
        try (Products products = products(3)) {
            check(products, 1, new Case(8, 100, 64, DType.BF16).biased());
            check(products, 2, new Case(8, 100, 64, DType.BF16).biased());
        }
    }

    @Test
    void eitherFactorMayBeTransposed() {
        try (Products products = products(2)) {
            for (DType type : List.of(DType.F32, DType.BF16)) {
                for (int m : new int[] {1, 6, 40}) {
                    for (int t = 0; t < 4; t++) {
                        Matrix a = matrix(type, m, 35, (t & 1) != 0, 3);
                        Matrix b = matrix(type, 35, 50, (t & 2) != 0, 5);
                        Matrix c = matrix(DType.F32, m, 50, false, 0);
                        double[] expected = expected(a, b, Optional.empty(), Optional.empty(), Optional.empty());
                        run(products.gemm(Gemm.of(a, new RightFactor.Plain(b), c), false), 2);
                        assertClose(c, expected, "%s %s".formatted(a, b));
                    }
                }
            }
        }
    }

    @Test
    void manyProductsInOneKernel() {
        int m = 9;
        int n = 20;
        int k = 33;
        for (DType type : List.of(DType.F32, DType.BF16)) {
            for (int batch : new int[] {1, 3, 8, 25}) {
                Matrix a = matrix(type, batch * m, k, false, 0);
                Matrix b = matrix(type, k, n, true, 0);
                Matrix c = matrix(DType.F32, batch * m, n, false, 0);
                Matrix firstA = new Matrix(a.data(), type, m, k, k, false);
                Matrix firstC = new Matrix(c.data(), DType.F32, m, n, n, false);
                List<Gemm> gemms = IntStream.range(0, batch)
                        .mapToObj(i -> Gemm.of(
                                firstA.shifted((long) i * m * k),
                                new RightFactor.Plain(b),
                                firstC.shifted((long) i * m * n)))
                        .toList();
                try (Products products = products(2)) {
                    run(products.gemms(gemms), 2);
                }
                assertClose(
                        c,
                        expected(a, b, Optional.empty(), Optional.empty(), Optional.empty()),
                        "a batch of %d".formatted(batch));
            }
        }
    }

    @Test
    void weightsOfHalfPrecisionAreConverted() {
        int n = 37;
        int k = 20;
        MemorySegment half = arena.allocate(2L * n * k);
        Matrix exact = matrix(DType.F32, n, k, false, 0);
        for (int i = 0; i < n * k; i++) {
            short bits = Float.floatToFloat16((float) random.nextGaussian());
            half.set(JAVA_SHORT_UNALIGNED, 2L * i, bits);
            exact.data().set(JAVA_FLOAT_UNALIGNED, 4L * i, Float.float16ToFloat(bits));
        }
        Matrix a = matrix(DType.F32, 9, k, false, 0);
        Matrix c = matrix(DType.F32, 9, n, false, 0);
        try (Products products = products(2)) {
            RightFactor weight = products.weight(half, DType.F16, n, k, DType.F32, () -> new int[0]);
            run(products.gemm(Gemm.of(a, weight, c), false), 2);
        }
        assertClose(
                c,
                expected(a, exact.transpose(), Optional.empty(), Optional.empty(), Optional.empty()),
                "a weight of f16");
    }

    @Test
    void shapesThatDoNotFitAreRefused() {
        Matrix a = matrix(DType.F32, 2, 3, false, 0);
        Matrix b = matrix(DType.F32, 4, 5, false, 0);
        assertThatThrownBy(() -> Gemm.of(a, new RightFactor.Plain(b), matrix(DType.F32, 2, 5, false, 0)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("as many columns of a as rows of b, 4, not 3");
    }

    private enum Addend {
        NONE,
        IN_PLACE,
        F32,
        BF16
    }

    private record Case(
            int m,
            int n,
            int k,
            DType operand,
            DType c,
            boolean bias,
            Optional<UnaryFn> activation,
            Addend addend,
            int gap) {

        Case(int m, int n, int k, DType operand) {
            this(m, n, k, operand, DType.F32, false, Optional.empty(), Addend.NONE, 0);
        }

        Case with(DType newC) {
            return new Case(m, n, k, operand, newC, bias, activation, addend, gap);
        }

        Case with(Addend newAddend) {
            return new Case(m, n, k, operand, c, bias, activation, newAddend, gap);
        }

        Case with(Optional<UnaryFn> newActivation) {
            return new Case(m, n, k, operand, c, bias, newActivation, addend, gap);
        }

        Case biased() {
            return new Case(m, n, k, operand, c, true, activation, addend, gap);
        }

        Case gaps() {
            return new Case(m, n, k, operand, c, bias, activation, addend, 3);
        }
    }

    private void check(Products products, int threads, Case x) {
        check(products, threads, x, false);
        if (x.m == 1) {
            check(products, threads, x, true);
        }
    }

    private void check(Products products, int threads, Case x, boolean step) {
        Matrix a = matrix(x.operand, x.m, x.k, false, x.gap);
        Matrix w = matrix(x.operand, x.n, x.k, false, 0);
        Matrix c = matrix(x.c, x.m, x.n, false, 2 * x.gap);
        Optional<MemorySegment> bias =
                x.bias ? Optional.of(matrix(DType.F32, 1, x.n, false, 0).data()) : Optional.empty();
        Optional<Matrix> residual = switch (x.addend) {
            case NONE -> Optional.empty();
            case IN_PLACE -> Optional.of(c);
            case F32 -> Optional.of(matrix(DType.F32, x.m, x.n, false, x.gap));
            case BF16 -> Optional.of(matrix(DType.BF16, x.m, x.n, false, x.gap));
        };
        double[] expected = expected(a, w.transpose(), bias, x.activation, residual);
        List<Float> before = gaps(c);
        RightFactor weight = products.weight(w.data(), x.operand, x.n, x.k, x.operand, () -> new int[0]);
        run(products.gemm(new Gemm(a, weight, bias, x.activation, residual, c), step), threads);
        assertClose(c, expected, x.toString());
        assertThat(gaps(c)).as("what lies between the rows of c, of %s", x).isEqualTo(before);
    }

    private static void run(Kernel kernel, int threads) {
        for (int part = 0; part < threads; part++) {
            kernel.run(part, threads);
        }
    }

    private static double[] expected(
            Matrix a, Matrix b, Optional<MemorySegment> bias, Optional<UnaryFn> activation, Optional<Matrix> residual) {
        double[] y = new double[a.rows() * b.columns()];
        for (int i = 0; i < a.rows(); i++) {
            for (int j = 0; j < b.columns(); j++) {
                double sum = bias.isPresent() ? bias.get().get(JAVA_FLOAT_UNALIGNED, 4L * j) : 0;
                for (int k = 0; k < a.columns(); k++) {
                    sum += (double) get(a, i, k) * get(b, k, j);
                }
                double z = activation.isPresent() ? activation.get().apply(sum) : sum;
                y[i * b.columns() + j] = residual.isPresent() ? z + get(residual.get(), i, j) : z;
            }
        }
        return y;
    }

    private static void assertClose(Matrix c, double[] expected, String what) {
        double greatest = 0;
        double difference = 0;
        for (int i = 0; i < c.rows(); i++) {
            for (int j = 0; j < c.columns(); j++) {
                double e = expected[i * c.columns() + j];
                greatest = Math.max(greatest, Math.abs(e));
                double d = Math.abs(get(c, i, j) - e);
                difference = Double.isNaN(d) ? Double.POSITIVE_INFINITY : Math.max(difference, d);
            }
        }
        double tolerance = c.type() == DType.F32 ? 1e-5 : 1.0 / 256;
        assertThat(difference / greatest).as(what).isLessThanOrEqualTo(tolerance);
    }

    /// What lies in memory after each row but the last.
    private static List<Float> gaps(Matrix c) {
        List<Float> gaps = new ArrayList<>();
        for (int i = 0; i < c.rows() - 1; i++) {
            for (int j = c.columns(); j < c.stride(); j++) {
                gaps.add(get(c, i, j));
            }
        }
        return gaps;
    }

    private Matrix matrix(DType type, int rows, int columns, boolean transposed, int gap) {
        int lines = transposed ? columns : rows;
        int stride = (transposed ? rows : columns) + gap;
        MemorySegment data = arena.allocate((long) lines * stride * type.bytes());
        for (int i = 0; i < lines * stride; i++) {
            float x = (float) random.nextGaussian();
            if (type == DType.F32) {
                data.set(JAVA_FLOAT_UNALIGNED, 4L * i, x);
            } else {
                data.set(JAVA_SHORT_UNALIGNED, 2L * i, Bf16.round(x));
            }
        }
        return new Matrix(data, type, rows, columns, stride, transposed);
    }

    private static float get(Matrix x, int row, int column) {
        long place = row * x.rowStride() + column * x.columnStride();
        return x.type() == DType.F32
                ? x.data().get(JAVA_FLOAT_UNALIGNED, 4 * place)
                : Bf16.widen(x.data().get(JAVA_SHORT_UNALIGNED, 2 * place));
    }
}
