package org.rduzoo.backend.section;

import org.rduzoo.backend.arch.TensorParallel;

/// How the pieces of a product share its factors: `batch` products of `rows x columns` pieces, whose sums are split
/// into
/// `parts`. The pieces of a row share their part of the left factor, those of a column their part of the right one.
///
/// Units are laid out so that they read as little as they can: so many rows at the same time, and of these so many
/// columns. What is read goes to all of a row, or of a column, at once; the next columns, or the next rows, need it
/// again.
///
/// @param atOnce rows of a tile, which can be worked on at the same time
/// @param ratio of what a column reads in a cycle to what a row does
/// @param repeats how often each number of the left factor stands in its rows: in those of a convolution, as often as
///     the kernel has taps
/// @param seen of the pieces, those that are computed
record PieceGrid(
        double batch,
        double rows,
        double columns,
        double parts,
        double atOnce,
        double ratio,
        double repeats,
        double seen) {

    static final PieceGrid NONE = of(1, 1, 1, 1, 1);

    static PieceGrid of(double batch, double rows, double columns, double parts, double ratio) {
        double atOnce = Math.clamp(Math.ceil(batch * rows / StageWork.MOST_TILES), 1, Math.max(1, rows));
        return new PieceGrid(Math.max(1, batch), Math.max(1, rows), Math.max(1, columns), parts, atOnce, ratio, 1, 1);
    }

    PieceGrid allRowsAtOnce() {
        return new PieceGrid(batch, rows, columns, parts, rows, ratio, repeats, seen);
    }

    PieceGrid repeating(double times) {
        return new PieceGrid(batch, rows, columns, parts, atOnce, ratio, Math.max(1, times), seen);
    }

    PieceGrid seen(double share) {
        return new PieceGrid(batch, rows, columns, parts, atOnce, ratio, repeats, share);
    }

    /// The part of one chip of several that share it.
    PieceGrid shared(int chips, TensorParallel parallel) {
        if (batch >= chips) {
            return new PieceGrid(batch / chips, rows, columns, parts, atOnce, ratio, repeats, seen);
        }
        double fewer = parallel == TensorParallel.BATCH ? Math.max(1, rows / chips) : rows;
        double narrower = parallel == TensorParallel.BATCH ? columns : Math.max(1, columns / chips);
        return new PieceGrid(batch, fewer, narrower, parts, Math.min(atOnce, fewer), ratio, repeats, seen);
    }

    /// Units that work on a product of the batch at the same time.
    private double each(int pcus) {
        return Math.max(1, pcus / batch);
    }

    /// How many units share a sum: where there are more than pieces of whole sums.
    private double split(int pcus) {
        return Math.clamp(each(pcus) / (atOnce * columns), 1, Math.max(1, parts));
    }

    private double abreast(int pcus) {
        double units = each(pcus) / split(pcus);
        double most = Math.max(1, Math.min(atOnce, units));
        return Math.clamp(Math.max(Math.sqrt(units * ratio), units / columns), 1, most);
    }

    private double across(int pcus) {
        return Math.max(1, each(pcus) / split(pcus) / abreast(pcus));
    }

    /// How often so many units take a number of an operand from the memory units that hold it.
    double reads(Operand operand, int pcus) {
        double times = switch (operand) {
            case LEFT -> repeats * Math.ceil(columns / across(pcus));
            case RIGHT -> Math.ceil(rows / abreast(pcus));
            case ONCE -> 1;
        };
        return Math.max(1, seen * times);
    }

    /// How many groups of units each take another part of an operand.
    double groups(Operand operand, int pcus) {
        return switch (operand) {
            case LEFT -> batch * split(pcus) * abreast(pcus);
            case RIGHT -> batch * split(pcus) * across(pcus);
            case ONCE -> pcus;
        };
    }
}
