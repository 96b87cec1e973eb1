package org.rduzoo.backend.host;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// Places buffers in one arena so that those alive at the same time do not overlap: the largest first, each at the
/// lowest offset that is free for the whole of its life.
///
/// @param bytes the arena's size
/// @param offsets where each buffer begins
record ArenaLayout(long bytes, Map<Buffer, Long> offsets) {

    /// Offsets are multiples of this: a cache line, and the widest vector.
    private static final long ALIGNMENT = 64;

    /// A buffer's life, from the step that first writes it to the last that reads it.
    record Life(Buffer buffer, int first, int last) {}

    /// Where `buffer` begins.
    long offset(Buffer buffer) {
        return Objects.requireNonNull(offsets.get(buffer), buffer::toString);
    }

    private record Placed(Life life, long offset, long end) {}

    static ArenaLayout of(List<Life> lives) {
        List<Life> order = new ArrayList<>(lives);
        order.sort(Comparator.comparingLong((Life l) -> -l.buffer().bytes())
                .thenComparingInt(Life::first)
                .thenComparingInt(l -> l.buffer().number()));
        List<Placed> placed = new ArrayList<>(); // by offset
        Map<Buffer, Long> offsets = new HashMap<>();
        long size = 0;
        for (Life life : order) {
            long offset = 0;
            int at = 0;
            for (int i = 0; i < placed.size(); i++) {
                Placed p = placed.get(i);
                if (p.life.first > life.last || p.life.last < life.first) {
                    continue;
                }
                if (offset + life.buffer.bytes() <= p.offset) {
                    break;
                }
                offset = Math.max(offset, p.end);
            }
            long end = (offset + life.buffer.bytes() + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
            while (at < placed.size() && placed.get(at).offset < offset) {
                at++;
            }
            placed.add(at, new Placed(life, offset, end));
            offsets.put(life.buffer, offset);
            size = Math.max(size, end);
        }
        return new ArenaLayout(size, offsets);
    }
}
