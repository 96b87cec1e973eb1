package org.rduzoo.backend.host.gemm;

import java.util.Arrays;
import java.util.function.Supplier;
import org.rduzoo.backend.host.machine.HostIsa;
import org.rduzoo.ir.DType;

/// When a weight is copied into the layout that the library's kernels read best.
///
/// The library packs a plain factor itself, a part at a time, in each product. That costs what about sixteen rows
/// cost: with hundreds of rows it does not show, so that the weight can stay where the checkpoint is mapped.
enum Packing {
    NEVER,
    WHERE_IT_PAYS,
    ALWAYS;

    /// Fewer rows than this are made nearly twice as fast by packing.
    private static final int FEW_ROWS = 48;

    boolean packs(HostIsa isa, DType operand, Supplier<int[]> rows) {
        return switch (this) {
            case NEVER -> false;
            case ALWAYS -> true;
            case WHERE_IT_PAYS ->
                isTiled(isa, operand)
                        || (Arrays.stream(rows.get()).anyMatch(m -> m < FEW_ROWS)
                                && Arrays.stream(rows.get()).noneMatch(m -> isStreamed(isa, operand, m)));
        };
    }

    /// Tiles multiply so fast that packing would show at any number of rows.
    private static boolean isTiled(HostIsa isa, DType operand) {
        return isa == HostIsa.AMX && operand == DType.BF16;
    }

    /// A few rows take one pass over the weight as it lies.
    private static boolean isStreamed(HostIsa isa, DType operand, int rows) {
        return operand == DType.BF16 ? StreamedProduct.isFor(isa, rows) : rows == 1;
    }
}
