package org.rduzoo.backend.host.kernel;

import org.rduzoo.backend.host.kernel.AttentionSpec.Heads;
import org.rduzoo.backend.host.machine.Kernel;

/// Copies each token's rows to their slots of a cache of the same element type; all other slots stay.
public final class CacheWriteKernel implements Kernel {

    private final int batch;
    private final int heads;
    private final int tokens;
    private final long rowBytes;
    private final Heads rows;
    private final CacheSlots slots;
    private final Heads cache;

    /// @param rows `[batch, heads, tokens, size]`
    /// @param cache `[batch, heads, slots, size]`
    public CacheWriteKernel(int batch, int heads, int tokens, int size, Heads rows, CacheSlots slots, Heads cache) {
        if (rows.place().dtype() != cache.place().dtype()) {
            throw new IllegalArgumentException("rows of %s for a cache of %s"
                    .formatted(
                            rows.place().dtype().text(), cache.place().dtype().text()));
        }
        rows.require(batch, heads, tokens, size);
        cache.require(batch, heads, slots.slots(), size);
        this.batch = batch;
        this.heads = heads;
        this.tokens = tokens;
        this.rowBytes = (long) size * rows.place().dtype().bytes();
        this.rows = rows;
        this.slots = slots.require(batch);
        this.cache = cache;
    }

    @Override
    public void run(int part, int parts) {
        long count = (long) batch * heads * tokens;
        for (long row = count * part / parts; row < count * (part + 1) / parts; row++) {
            int token = (int) (row % tokens);
            int head = (int) (row / tokens % heads);
            int text = (int) (row / tokens / heads);
            int slot = slots.of(text, token);
            if (slot != CacheSlots.DROPPED) {
                RawMemory.copy(rows.address(text, head, token), cache.address(text, head, slot), rowBytes);
            }
        }
    }
}
