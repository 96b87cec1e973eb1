package org.rduzoo.backend.cost;

import java.util.ArrayList;
import java.util.List;
import org.rduzoo.backend.cost.FloorPlan.Link;

/// The bytes on the links of a mesh: between fields that lie side by side, one link each way.
final class Mesh {

    private final int columns;
    private final int rows;
    private final int fields;

    /// By direction (east, west, south, north), then along rows or columns, each link where the first of its fields
    /// lies: a straight way is a range.
    private final long[] bytes;

    Mesh(int columns, int rows) {
        this.columns = columns;
        this.rows = rows;
        fields = columns * rows;
        bytes = new long[4 * fields];
    }

    /// The number of the first link of a straight way; those that follow have the numbers that follow.
    ///
    /// @param row whether it goes along a row
    /// @param line number of the row or column
    int number(boolean row, int line, int from, int to) {
        int direction = (row ? 0 : 2) + (from < to ? 0 : 1);
        return direction * fields + line * (row ? columns : rows) + Math.min(from, to);
    }

    void send(Route route, long more) {
        for (int i = 0; i < route.size(); i++) {
            for (int link = route.begin(i); link < route.end(i); link++) {
                bytes[link] += more;
            }
        }
    }

    /// What it costs to send more over a route: each link as much as goes over it when half of that is through.
    ///
    /// @param enough the cost from which on it need not be exact
    double cost(Route route, long more, double enough) {
        double cost = 0;
        for (int i = 0; i < route.size() && cost < enough; i++) {
            long sum = 0;
            for (int link = route.begin(i); link < route.end(i); link++) {
                sum += bytes[link];
            }
            cost += sum + more / 2.0 * (route.end(i) - route.begin(i));
        }
        return cost;
    }

    /// The bytes of the link that has most.
    long busiest() {
        long most = 0;
        for (long b : bytes) {
            most = Math.max(most, b);
        }
        return most;
    }

    /// All links that something goes over, row by row.
    List<Link> links() {
        List<Link> found = new ArrayList<>();
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                int along = row * columns + column;
                int down = 2 * fields + column * rows + row;
                add(found, column, row, column + 1, row, bytes[along]);
                add(found, column + 1, row, column, row, bytes[fields + along]);
                add(found, column, row, column, row + 1, bytes[down]);
                add(found, column, row + 1, column, row, bytes[fields + down]);
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
