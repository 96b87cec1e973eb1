package org.rduzoo.backend.host.kernel;

/// The rows and columns that a part of the team works on at the moment, and where each register holds them.
final class Tile {

    final TileMath math;
    private final long[] base;
    private final long[] step;
    private long row;
    private int rows;
    private long column;
    private int columns;

    Tile(TileMath math, int registers) {
        this.math = math;
        this.base = new long[registers];
        this.step = new long[registers];
    }

    void rows(long first, int count) {
        row = first;
        rows = count;
    }

    void columns(long first, int count) {
        column = first;
        columns = count;
    }

    /// Lets a register lie at `address`, its rows `bytes` apart; 0 for one that is the same for all rows.
    void bind(int register, long address, long bytes) {
        base[register] = address;
        step[register] = bytes;
    }

    /// The program's row that the tile begins with.
    long row() {
        return row;
    }

    int rows() {
        return rows;
    }

    long column() {
        return column;
    }

    int columns() {
        return columns;
    }

    /// The columns, rounded up to what element-wise loops take.
    int padded() {
        return padded(columns);
    }

    static int padded(int columns) {
        return (columns + TileMath.BLOCK - 1) & -TileMath.BLOCK;
    }

    /// Where the register's row `r` of this tile lies.
    long at(int register, int r) {
        return base[register] + r * step[register];
    }

    /// Whether the register's rows follow one another without a gap.
    boolean dense(int register) {
        return rows == 1 || step[register] == 4L * padded();
    }

    /// How many passes an element-wise step makes: one over everything if all its registers are dense, else one a row.
    int passes(boolean dense) {
        return dense ? 1 : rows;
    }

    int elements(boolean dense) {
        return dense ? rows * padded() : padded();
    }
}
