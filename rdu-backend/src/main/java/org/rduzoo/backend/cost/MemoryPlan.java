package org.rduzoo.backend.cost;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Where each value lies in the memories off the fabric, and for how long. Addresses are reused: two regions of a level
/// that live at the same time do not overlap.
///
/// @param regions of one chip
/// @param levels by the memory's name, as in `hbm`, fastest first
public record MemoryPlan(List<Region> regions, Map<String, Level> levels) {

    /// What a region is for.
    public enum Role {
        WEIGHT,
        STATE,
        INPUT,
        /// Passed from section to section.
        BORDER,
        OUTPUT;

        /// As in reports: `weight`.
        public String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// A value in memory.
    ///
    /// @param value its number in the graph
    /// @param name the input's or output's, else the model path that it comes from
    /// @param level the memory's name
    /// @param address of its first byte
    /// @param firstSection that makes or reads it; what lives on between runs has 0
    /// @param lastSection that reads it; what lives on has the last of all
    /// @param moved bytes that sections move to and from it in one run
    public record Region(
            int value,
            String name,
            Role role,
            String level,
            long address,
            long bytes,
            int firstSection,
            int lastSection,
            long moved) {}

    /// @param peak the most bytes in use at a time
    public record Level(long capacity, long peak) {}

    public MemoryPlan {
        regions = List.copyOf(regions);
        levels = Collections.unmodifiableMap(new LinkedHashMap<>(levels));
    }

    /// The most bytes in use at a time in a memory; 0 if there is no such memory.
    public long peak(String level) {
        Level found = levels.get(level);
        return found == null ? 0 : found.peak;
    }
}
