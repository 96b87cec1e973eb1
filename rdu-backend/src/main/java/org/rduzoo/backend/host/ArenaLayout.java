package org.rduzoo.backend.host;

import java.util.ArrayList;
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

    static ArenaLayout of(List<Life> lives) {
        List<Life> order = new ArrayList<>(lives);
        order.sort((a, b) -> {
            int larger = Long.compare(b.buffer.bytes(), a.buffer.bytes());
            int earlier = larger == 0 ? Integer.compare(a.first, b.first) : larger;
            return earlier == 0 ? Integer.compare(a.buffer.number(), b.buffer.number()) : earlier;
        });
        // What is placed, by offset.
        int placed = 0;
        int[] first = new int[order.size()];
        int[] last = new int[order.size()];
        long[] begin = new long[order.size()];
        long[] end = new long[order.size()];
        Map<Buffer, Long> offsets = new HashMap<>();
        long size = 0;
        for (Life life : order) {
            long bytes = life.buffer.bytes();
            long offset = 0;
            for (int i = 0; i < placed; i++) {
                if (first[i] > life.last || last[i] < life.first) {
                    continue;
                }
                if (offset + bytes <= begin[i]) {
                    break;
                }
                offset = Math.max(offset, end[i]);
            }
            int at = 0;
            while (at < placed && begin[at] < offset) {
                at++;
            }
            int behind = placed - at;
            System.arraycopy(first, at, first, at + 1, behind);
            System.arraycopy(last, at, last, at + 1, behind);
            System.arraycopy(begin, at, begin, at + 1, behind);
            System.arraycopy(end, at, end, at + 1, behind);
            first[at] = life.first;
            last[at] = life.last;
            begin[at] = offset;
            end[at] = (offset + bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
            placed++;
            offsets.put(life.buffer, offset);
            size = Math.max(size, end[at]);
        }
        return new ArenaLayout(size, offsets);
    }
}
