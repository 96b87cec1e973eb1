package org.rduzoo.backend.cost;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.rduzoo.backend.cost.FloorPlan.Link;
import org.rduzoo.backend.cost.FloorPlan.Site;

/// The bytes on the links of a mesh. A stream goes along a row first, then along a column; one that is meant for
/// several
/// fields goes over each link once.
///
/// Streams are noted as where their bytes begin and end on a row or column, and added up by [#settle].
final class Mesh {

    private final int columns;
    private final int rows;
    private final long[] east; // by row, then column: from a field to the next one
    private final long[] west; // to a field from the next one
    private final long[] south; // by column, then row
    private final long[] north;

    Mesh(int columns, int rows) {
        this.columns = columns;
        this.rows = rows;
        east = new long[columns * rows];
        west = new long[columns * rows];
        south = new long[columns * rows];
        north = new long[columns * rows];
    }

    /// Sends bytes from a field to another.
    void send(Site from, Site to, long bytes) {
        alongRow(from.row(), from.column(), to.column(), bytes);
        alongColumn(to.column(), from.row(), to.row(), bytes);
    }

    /// Several fields that take the same.
    ///
    /// @param first column of them
    /// @param top by column, from the first on: the row of the uppermost; more than that of the lowest where there is
    /// none
    record Fork(int first, int[] top, int[] bottom) {}

    Fork fork(List<Site> to) {
        int first = to.stream().mapToInt(Site::column).min().orElse(0);
        int last = to.stream().mapToInt(Site::column).max().orElse(0);
        int[] top = new int[last - first + 1];
        int[] bottom = new int[last - first + 1];
        Arrays.fill(top, rows);
        Arrays.fill(bottom, -1);
        for (Site s : to) {
            top[s.column() - first] = Math.min(top[s.column() - first], s.row());
            bottom[s.column() - first] = Math.max(bottom[s.column() - first], s.row());
        }
        return new Fork(first, top, bottom);
    }

    /// Sends bytes from a field to several others, all of them to each.
    void send(Site from, Fork to, long bytes) {
        int last = to.first + to.top.length - 1;
        alongRow(from.row(), from.column(), Math.min(from.column(), to.first), bytes);
        alongRow(from.row(), from.column(), Math.max(from.column(), last), bytes);
        for (int i = 0; i < to.top.length; i++) {
            if (to.top[i] <= to.bottom[i]) {
                alongColumn(to.first + i, from.row(), Math.min(from.row(), to.top[i]), bytes);
                alongColumn(to.first + i, from.row(), Math.max(from.row(), to.bottom[i]), bytes);
            }
        }
    }

    private void alongRow(int row, int from, int to, long bytes) {
        note(from < to ? east : west, row * columns, Math.min(from, to), Math.max(from, to), bytes);
    }

    private void alongColumn(int column, int from, int to, long bytes) {
        note(from < to ? south : north, column * rows, Math.min(from, to), Math.max(from, to), bytes);
    }

    /// The last field of a row or column has no link, and so room for where bytes end.
    private static void note(long[] links, int line, int from, int to, long bytes) {
        if (from < to) {
            links[line + from] += bytes;
            links[line + to] -= bytes;
        }
    }

    /// Adds up what was noted; after that nothing more is sent before it is cleared.
    void settle() {
        for (long[] links : List.of(east, west)) {
            add(links, columns);
        }
        for (long[] links : List.of(south, north)) {
            add(links, rows);
        }
    }

    private static void add(long[] links, int length) {
        for (int i = 0; i < links.length; i++) {
            if (i % length != 0) {
                links[i] += links[i - 1];
            }
        }
    }

    /// Forgets all that was sent.
    void clear() {
        for (long[] links : List.of(east, west, south, north)) {
            Arrays.fill(links, 0);
        }
    }

    /// Takes over what another one has on its links, both settled.
    void add(Mesh mesh) {
        add(east, mesh.east);
        add(west, mesh.west);
        add(south, mesh.south);
        add(north, mesh.north);
    }

    private static void add(long[] links, long[] more) {
        for (int i = 0; i < links.length; i++) {
            links[i] += more[i];
        }
    }

    /// The bytes of the link that has most.
    long busiest() {
        long most = 0;
        for (long[] links : List.of(east, west, south, north)) {
            for (long bytes : links) {
                most = Math.max(most, bytes);
            }
        }
        return most;
    }

    /// All links that something goes over, row by row.
    List<Link> links() {
        List<Link> found = new ArrayList<>();
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                int along = row * columns + column;
                int down = column * rows + row;
                add(found, column, row, column + 1, row, east[along]);
                add(found, column + 1, row, column, row, west[along]);
                add(found, column, row, column, row + 1, south[down]);
                add(found, column, row + 1, column, row, north[down]);
            }
        }
        return found;
    }

    private static void add(List<Link> links, int fromColumn, int fromRow, int toColumn, int toRow, long bytes) {
        if (bytes > 0) {
            links.add(new Link(fromColumn, fromRow, toColumn, toRow, bytes));
        }
    }
}
