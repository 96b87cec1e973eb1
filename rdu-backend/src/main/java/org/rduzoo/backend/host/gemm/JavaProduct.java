package org.rduzoo.backend.host.gemm;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.rduzoo.ir.DType;

/// A product in plain Java, for any processor: the readable twin of the fast ones.
///
/// A tile of the result is summed in an array while blocks of the right factor, widened once, pass by. The inner loop
/// runs over columns that lie side by side, so that the compiler can make vectors of it.
final class JavaProduct implements Task {

    private static final int ROWS = 64;
    private static final int COLUMNS = 64;
    private static final int DEPTH = 256;

    private final Gemm gemm;
    private final Matrix b;
    private final float[] sums = new float[ROWS * COLUMNS];
    private final float[] block = new float[DEPTH * COLUMNS];

    JavaProduct(Gemm gemm) {
        this.gemm = gemm;
        this.b = switch (gemm.b()) {
            case RightFactor.Plain(Matrix matrix) -> matrix;
            case RightFactor.Packed _ -> throw new IllegalStateException("a factor is packed only for the library");
        };
    }

    @Override
    public void run() {
        for (int row = 0; row < gemm.m(); row += ROWS) {
            int rows = Math.min(ROWS, gemm.m() - row);
            for (int column = 0; column < gemm.n(); column += COLUMNS) {
                int columns = Math.min(COLUMNS, gemm.n() - column);
                Arrays.fill(sums, 0);
                for (int k = 0; k < gemm.k(); k += DEPTH) {
                    int depth = Math.min(DEPTH, gemm.k() - k);
                    widen(k, depth, column, columns);
                    for (int i = 0; i < rows; i++) {
                        multiply(row + i, k, depth, i * COLUMNS);
                    }
                }
                for (int i = 0; i < rows; i++) {
                    for (int j = 0; j < columns; j++) {
                        store(row + i, column + j, sums[i * COLUMNS + j]);
                    }
                }
            }
        }
    }

    private void widen(int k, int depth, int column, int columns) {
        for (int j = 0; j < columns; j++) {
            for (int d = 0; d < depth; d++) {
                block[d * COLUMNS + j] = load(b, k + d, column + j);
            }
        }
    }

    private void multiply(int row, int k, int depth, int sum) {
        for (int d = 0; d < depth; d++) {
            float a = load(gemm.a(), row, k + d);
            int from = d * COLUMNS;
            for (int j = 0; j < COLUMNS; j++) {
                sums[sum + j] += a * block[from + j];
            }
        }
    }

    private void store(int row, int column, float sum) {
        float biased = gemm.bias().isEmpty() ? sum : sum + gemm.bias().get().get(JAVA_FLOAT_UNALIGNED, 4L * column);
        float y = Activation.apply(gemm.activation(), biased);
        if (gemm.residual().isPresent()) {
            y += load(gemm.residual().get(), row, column);
        }
        MemorySegment c = gemm.c().data();
        long place = gemm.c().rowStride() * row + column;
        if (gemm.c().type() == DType.F32) {
            c.set(JAVA_FLOAT_UNALIGNED, 4 * place, y);
        } else {
            c.set(JAVA_SHORT_UNALIGNED, 2 * place, Bf16.round(y));
        }
    }

    private static float load(Matrix x, int row, int column) {
        long place = x.rowStride() * row + x.columnStride() * column;
        return x.type() == DType.F32
                ? x.data().get(JAVA_FLOAT_UNALIGNED, 4 * place)
                : Bf16.widen(x.data().get(JAVA_SHORT_UNALIGNED, 2 * place));
    }
}
