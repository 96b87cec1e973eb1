package org.rduzoo.backend.host.attention;

import org.jspecify.annotations.Nullable;
import org.rduzoo.backend.host.kernel.AttentionSpec;
import org.rduzoo.backend.host.kernel.AttentionSpec.Heads;
import org.rduzoo.backend.host.simd.ShareRows;
import org.rduzoo.ir.DType;

/// The shapes of what attention multiplies at a time.
///
/// @param rows queries
/// @param keys keys, and values
/// @param type `bf16`, where all operands are and the processor multiplies it, else `f32`
/// @param queryStride elements from the query of a row to the next
/// @param keyStride elements from a key to the next
/// @param valueStride elements from a value to the next
record Blocks(
        int rows,
        int keys,
        int headSize,
        int valueSize,
        DType type,
        long queryStride,
        long keyStride,
        long valueStride) {

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
                && type == b.type
                && queryStride == b.queryStride
                && keyStride == b.keyStride
                && valueStride == b.valueStride;
    }

    @Override
    public int hashCode() {
        return 31 * (31 * rows + keys) + headSize;
    }

    /// Blocks whose operands are read where they are, as far as each block of them is whole; else they are brought
    /// together.
    static Blocks of(AttentionSpec spec, DType type) {
        int tokens = Math.max(1, Math.min(MOST_ROWS / spec.group(), spec.queries()));
        int rows = Math.ceilDiv(tokens * spec.group(), ROW_GRAIN) * ROW_GRAIN;
        int keys = Math.min(MOST_KEYS, Math.ceilDiv(spec.keys(), 2 * ShareRows.GRAIN) * 2 * ShareRows.GRAIN);
        boolean wholeQueries = rows == tokens && spec.queries() % tokens == 0;
        boolean wholeKeys = spec.keys() % keys == 0 && spec.valid().isEmpty() && !spec.causal() && spec.window() == 0;
        return new Blocks(
                rows,
                keys,
                spec.headSize(),
                spec.valueSize(),
                type,
                stride(spec.q(), type, wholeQueries, spec.headSize()),
                stride(spec.k(), type, wholeKeys, spec.headSize()),
                stride(spec.v(), type, wholeKeys, spec.valueSize()));
    }

    private static long stride(Heads heads, DType type, boolean whole, int size) {
        return whole && heads.place().dtype() == type ? heads.tokenStride() : size;
    }
}
