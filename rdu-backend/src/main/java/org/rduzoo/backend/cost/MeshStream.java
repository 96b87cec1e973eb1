package org.rduzoo.backend.cost;

import java.util.Arrays;
import java.util.List;
import java.util.function.ToIntFunction;
import org.rduzoo.backend.cost.FloorPlan.Site;

/// Bytes that go over the mesh from one field to others, all of them to each.
///
/// @param stage that makes or takes them
record MeshStream(int stage, Site from, Fields to, long bytes) {

    /// Fields that take the same, by the columns and by the rows in which they lie.
    record Fields(Lines columns, Lines rows) {

        static Fields of(Site site) {
            return new Fields(Lines.of(site.column(), site.row()), Lines.of(site.row(), site.column()));
        }

        static Fields of(List<Site> sites) {
            return new Fields(Lines.of(sites, Site::column, Site::row), Lines.of(sites, Site::row, Site::column));
        }
    }

    /// Where fields lie in lines side by side.
    ///
    /// @param first line that has one
    /// @param low by line, from the first on: its first field; beyond the last where it has none
    record Lines(int first, int[] low, int[] high) {

        private static Lines of(int line, int place) {
            return new Lines(line, new int[] {place}, new int[] {place});
        }

        private static Lines of(List<Site> sites, ToIntFunction<Site> line, ToIntFunction<Site> place) {
            int first = Integer.MAX_VALUE;
            int last = 0;
            for (Site s : sites) {
                first = Math.min(first, line.applyAsInt(s));
                last = Math.max(last, line.applyAsInt(s));
            }
            int[] low = new int[last - first + 1];
            int[] high = new int[last - first + 1];
            Arrays.fill(low, Integer.MAX_VALUE);
            Arrays.fill(high, -1);
            for (Site s : sites) {
                int i = line.applyAsInt(s) - first;
                low[i] = Math.min(low[i], place.applyAsInt(s));
                high[i] = Math.max(high[i], place.applyAsInt(s));
            }
            return new Lines(first, low, high);
        }

        int last() {
            return first + low.length - 1;
        }
    }
}
