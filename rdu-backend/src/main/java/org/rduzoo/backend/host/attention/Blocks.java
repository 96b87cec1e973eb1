package org.rduzoo.backend.host.attention;

import org.jspecify.annotations.Nullable;
import org.rduzoo.backend.host.kernel.AttentionSpec;
import org.rduzoo.backend.host.simd.ShareRows;
import org.rduzoo.ir.DType;

/// The shapes of what attention multiplies at a time.
///
/// @param rows queries
/// @param keys keys, and values
/// @param type `bf16`, where all operands are and the processor multiplies it, else `f32`
record Blocks(int rows, int keys, int headSize, int valueSize, DType type) {

    private static final int MOST_ROWS = 256;
    private static final int MOST_KEYS = 256;
    private static final int ROW_GRAIN = 16;

    // A record's own methods are linked when they are first called, which takes some milliseconds of each start.

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Blocks b
                && rows == b.rows
                && keys == b.keys
                && headSize == b.headSize
                && valueSize == b.valueSize
                && type == b.type;
    }

    @Override
    public int hashCode() {
        return 31 * (31 * rows + keys) + headSize;
    }

    static Blocks of(AttentionSpec spec, DType type) {
        int tokens = Math.max(1, Math.min(MOST_ROWS / spec.group(), spec.queries()));
        int rows = tokens * spec.group();
        return new Blocks(
                Math.ceilDiv(rows, ROW_GRAIN) * ROW_GRAIN,
                Math.min(MOST_KEYS, Math.ceilDiv(spec.keys(), 2 * ShareRows.GRAIN) * 2 * ShareRows.GRAIN),
                spec.headSize(),
                spec.valueSize(),
                type);
    }
}
