package org.rduzoo.backend.cost;

import java.util.ArrayList;
import java.util.List;

/// A memory that is handed out before anything runs. Asked in the order of the first section, but for what lives
/// throughout.
final class FreeSpace {

    /// Addresses of regions are multiples of this.
    private static final long ALIGNMENT = 64;

    private final long capacity;
    private final List<Taken> taken = new ArrayList<>(); // by address
    private long peak;

    private record Taken(long address, long bytes, int last) {
        long end() {
            return address + bytes;
        }
    }

    FreeSpace(long capacity) {
        this.capacity = capacity;
    }

    /// The lowest address with so many bytes free from section `first` on, or -1.
    long take(long bytes, int first, int last) {
        taken.removeIf(t -> t.last < first);
        long size = (Math.max(1, bytes) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        long address = 0;
        int at = 0;
        for (; at < taken.size(); at++) {
            if (taken.get(at).address - address >= size) {
                break;
            }
            address = taken.get(at).end();
        }
        if (address + size > capacity) {
            return -1;
        }
        taken.add(at, new Taken(address, size, last));
        peak = Math.max(peak, address + size);
        return address;
    }

    long capacity() {
        return capacity;
    }

    /// One past the highest address that was in use.
    long peak() {
        return peak;
    }
}
