package org.rduzoo.backend.host.gemm;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.rduzoo.backend.host.onednn.PackedLayout;
import org.rduzoo.ir.DType;

/// The right factor of a product: a weight, or any matrix.
public sealed interface RightFactor {

    int rows();

    int columns();

    DType type();

    /// As it lies in memory, nothing copied. A weight `[n, k]` is the transpose of its rows.
    record Plain(Matrix matrix) implements RightFactor {
        @Override
        public int rows() {
            return matrix.rows();
        }

        @Override
        public int columns() {
            return matrix.columns();
        }

        @Override
        public DType type() {
            return matrix.type();
        }
    }

    /// Copied into the layout that the library's kernels like best, in panels of columns that threads can share out.
    record Packed(DType type, int rows, int columns, List<Panel> panels) implements RightFactor {}

    /// Some columns of a packed factor.
    record Panel(Range range, PackedLayout layout, MemorySegment data) {

        /// This panel by itself.
        Packed asFactor(Packed whole) {
            Range columns = new Range(0, range.size());
            return new Packed(whole.type, whole.rows, columns.to(), List.of(new Panel(columns, layout, data)));
        }
    }
}
