package org.rduzoo.backend.cost;

import java.util.Arrays;

/// The links that a stream goes over, each once, as ranges of their numbers in a [Mesh].
///
/// From where it begins it goes straight to its trunk, a row or a column; along that past all columns or rows in which
/// fields take it; and along these to the fields.
final class Route {

    private final Mesh mesh;
    private int[] ranges = new int[16];
    private int size;

    Route(Mesh mesh) {
        this.mesh = mesh;
    }

    int size() {
        return size;
    }

    int begin(int range) {
        return ranges[2 * range];
    }

    int end(int range) {
        return ranges[2 * range + 1];
    }

    /// Leads a stream this way, in the place of what was led before.
    ///
    /// @param row whether its trunk is a row
    /// @param trunk number of that row or column
    void lead(MeshStream s, boolean row, int trunk) {
        size = 0;
        int along = row ? s.from().column() : s.from().row();
        int across = row ? s.from().row() : s.from().column();
        MeshStream.Lines to = row ? s.to().columns() : s.to().rows();
        straight(!row, along, across, trunk);
        straight(row, trunk, along, Math.min(along, to.first()));
        straight(row, trunk, along, Math.max(along, to.last()));
        for (int i = 0; i < to.low().length; i++) {
            if (to.low()[i] <= to.high()[i]) {
                straight(!row, to.first() + i, trunk, Math.min(trunk, to.low()[i]));
                straight(!row, to.first() + i, trunk, Math.max(trunk, to.high()[i]));
            }
        }
    }

    private void straight(boolean row, int line, int from, int to) {
        if (from == to) {
            return;
        }
        if (2 * size == ranges.length) {
            ranges = Arrays.copyOf(ranges, 2 * ranges.length);
        }
        int begin = mesh.number(row, line, from, to);
        ranges[2 * size] = begin;
        ranges[2 * size + 1] = begin + Math.abs(to - from);
        size++;
    }
}
