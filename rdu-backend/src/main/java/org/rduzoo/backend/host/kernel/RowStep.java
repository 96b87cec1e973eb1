package org.rduzoo.backend.host.kernel;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.rduzoo.ir.BinaryFn;
import org.rduzoo.ir.CompareFn;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.DropoutNumbers;
import org.rduzoo.ir.ReduceFn;
import org.rduzoo.ir.UnaryFn;
import org.rduzoo.samba.UserError;

/// One instruction of a [RowProgram]: it writes the register `to`, [#NONE] if it stores to memory, from the registers
/// it reads.
sealed interface RowStep {

    int NONE = -1;

    int[] NOTHING = {};

    int to();

    int[] reads();

    /// Whether a result depends on its whole row, so that rows cannot be cut into pieces.
    default boolean needsWholeRows() {
        return false;
    }

    /// Whether it may go through all elements as if they were one row.
    default boolean ignoresRows() {
        return !needsWholeRows();
    }

    /// Whether the result is the same for all rows if all that it reads is.
    default boolean keepsFixed() {
        return true;
    }

    /// The tensor whose elements it brings, if it does.
    default @Nullable Access source() {
        return null;
    }

    /// The tensor that it writes, if it does.
    default @Nullable Access target() {
        return null;
    }

    /// Whether the result may be written where an operand lies that is not needed any more.
    default boolean mayReplaceOperand() {
        return true;
    }

    void run(Tile tile);

    /// Brings rows from memory, as `f32`.
    record Load(int to, Access from) implements RowStep {
        @Override
        public boolean ignoresRows() {
            return from.isScalar() || from.gapless();
        }

        @Override
        public Access source() {
            return from;
        }

        @Override
        public int[] reads() {
            return NOTHING;
        }

        @Override
        public void run(Tile tile) {
            boolean dense = from.isOneRun(tile, to);
            for (int r = 0; r < tile.passes(dense); r++) {
                long address = from.address(tile.row() + r, tile.column());
                int n = dense ? tile.elements(true) : tile.columns();
                Elements.load(tile.math, from.place().dtype(), address, from.columnStride(), tile.at(to, r), n);
            }
        }
    }

    /// One number everywhere.
    record Constant(int to, float value) implements RowStep {
        @Override
        public int[] reads() {
            return NOTHING;
        }

        @Override
        public void run(Tile tile) {
            for (int r = 0; r < tile.rows(); r++) {
                tile.math.fill(tile.at(to, r), value, tile.padded());
            }
        }
    }

    /// Brings, for each row, the row of `table` that `ids` names.
    record Gather(int to, Access table, long entries, Access ids) implements RowStep {
        @Override
        public boolean ignoresRows() {
            return false;
        }

        @Override
        public boolean keepsFixed() {
            return false;
        }

        @Override
        public Access source() {
            return table;
        }

        @Override
        public int[] reads() {
            return NOTHING;
        }

        @Override
        public void run(Tile tile) {
            DType dtype = table.place().dtype();
            for (int r = 0; r < tile.rows(); r++) {
                long id = RawMemory.i64(ids.address(tile.row() + r, 0));
                if (id < 0 || id >= entries) {
                    throw new UserError("id %d, in place %d of the input, is outside the table of %d entries."
                                    .formatted(id, tile.row() + r, entries)
                            + "\nDoes the tokenizer belong to this checkpoint?");
                }
                long address = table.address(id, tile.column());
                Elements.load(tile.math, dtype, address, table.columnStride(), tile.at(to, r), tile.columns());
            }
        }
    }

    /// Drops elements by the numbers of [DropoutNumbers]; `columns` are those of a whole row.
    ///
    /// @param seed `i64[]`
    /// @param probability `f32[]`
    record Dropout(int to, int x, Place seed, Place probability, long layer, long columns) implements RowStep {
        @Override
        public boolean keepsFixed() {
            return false;
        }

        @Override
        public int[] reads() {
            return new int[] {x};
        }

        @Override
        public void run(Tile tile) {
            float p = RawMemory.f32(probability.address());
            float scale = 1 / (1 - p);
            for (int r = 0; r < tile.rows(); r++) {
                long index = (tile.row() + r) * columns + tile.column();
                int done = 0;
                while (done < tile.columns()) {
                    // Up to where the index' high half changes, a key holds.
                    int n = (int) Math.min(tile.columns() - done, (1L << 32) - ((index + done) & 0xffff_ffffL));
                    long key = DropoutNumbers.key(RawMemory.i64(seed.address()), layer, (index + done) >>> 32);
                    long at = 4L * done;
                    tile.math.dropout(tile.at(x, r) + at, tile.at(to, r) + at, key, (int) (index + done), p, scale, n);
                    done += n;
                }
            }
        }
    }

    record Unary(int to, UnaryFn fn, int x) implements RowStep {
        @Override
        public int[] reads() {
            return new int[] {x};
        }

        @Override
        public boolean mayReplaceOperand() {
            return !TileMath.readsAgain(fn);
        }

        @Override
        public void run(Tile tile) {
            boolean dense = tile.dense(x) && tile.dense(to);
            for (int r = 0; r < tile.passes(dense); r++) {
                tile.math.unary(fn, tile.at(x, r), tile.at(to, r), tile.elements(dense));
            }
        }
    }

    record Binary(int to, BinaryFn fn, int a, int b) implements RowStep {
        @Override
        public int[] reads() {
            return new int[] {a, b};
        }

        @Override
        public void run(Tile tile) {
            boolean dense = tile.dense(a) && tile.dense(b) && tile.dense(to);
            for (int r = 0; r < tile.passes(dense); r++) {
                tile.math.binary(fn, tile.at(a, r), tile.at(b, r), tile.at(to, r), tile.elements(dense));
            }
        }
    }

    record Compare(int to, CompareFn fn, int a, int b) implements RowStep {
        @Override
        public int[] reads() {
            return new int[] {a, b};
        }

        @Override
        public void run(Tile tile) {
            boolean dense = tile.dense(a) && tile.dense(b) && tile.dense(to);
            for (int r = 0; r < tile.passes(dense); r++) {
                tile.math.compare(fn, tile.at(a, r), tile.at(b, r), tile.at(to, r), tile.elements(dense));
            }
        }
    }

    record Select(int to, int condition, int then, int otherwise) implements RowStep {
        @Override
        public int[] reads() {
            return new int[] {condition, then, otherwise};
        }

        @Override
        public void run(Tile tile) {
            boolean dense = tile.dense(condition) && tile.dense(then) && tile.dense(otherwise) && tile.dense(to);
            for (int r = 0; r < tile.passes(dense); r++) {
                tile.math.select(
                        tile.at(condition, r),
                        tile.at(then, r),
                        tile.at(otherwise, r),
                        tile.at(to, r),
                        tile.elements(dense));
            }
        }
    }

    /// To the nearest `bf16`.
    record Round(int to, int x) implements RowStep {
        @Override
        public int[] reads() {
            return new int[] {x};
        }

        @Override
        public void run(Tile tile) {
            boolean dense = tile.dense(x) && tile.dense(to);
            for (int r = 0; r < tile.passes(dense); r++) {
                tile.math.round(tile.at(x, r), tile.at(to, r), tile.elements(dense));
            }
        }
    }

    /// To the next integer towards zero.
    record Truncate(int to, int x) implements RowStep {
        @Override
        public int[] reads() {
            return new int[] {x};
        }

        @Override
        public void run(Tile tile) {
            boolean dense = tile.dense(x) && tile.dense(to);
            for (int r = 0; r < tile.passes(dense); r++) {
                tile.math.truncate(tile.at(x, r), tile.at(to, r), tile.elements(dense));
            }
        }
    }

    /// Joins each row to one number, which then stands in all of its columns.
    record Reduce(int to, ReduceFn fn, int x) implements RowStep {
        @Override
        public int[] reads() {
            return new int[] {x};
        }

        @Override
        public boolean needsWholeRows() {
            return true;
        }

        @Override
        public void run(Tile tile) {
            int n = tile.columns();
            for (int r = 0; r < tile.rows(); r++) {
                long row = tile.at(x, r);
                float value = switch (fn) {
                    case SUM -> tile.math.sum(row, n);
                    case MEAN -> tile.math.sum(row, n) / n;
                    case MAX -> tile.math.max(row, n);
                };
                tile.math.fill(tile.at(to, r), value, tile.padded());
            }
        }
    }

    /// `weight` and `bias` are [#NONE] where there is none.
    record LayerNorm(int to, int x, int weight, int bias, double epsilon) implements RowStep {
        @Override
        public int[] reads() {
            return present(x, weight, bias);
        }

        /// With one of the two, it takes a second pass, which must find it.
        @Override
        public boolean mayReplaceOperand() {
            return (weight == NONE) == (bias == NONE);
        }

        @Override
        public boolean needsWholeRows() {
            return true;
        }

        @Override
        public void run(Tile tile) {
            for (int r = 0; r < tile.rows(); r++) {
                long w = weight == NONE ? 0 : tile.at(weight, r);
                long b = bias == NONE ? 0 : tile.at(bias, r);
                tile.math.layerNorm(tile.at(x, r), w, b, epsilon, tile.at(to, r), tile.columns());
            }
        }
    }

    /// `weight` is [#NONE] where there is none.
    record RmsNorm(int to, int x, int weight, double epsilon) implements RowStep {
        @Override
        public int[] reads() {
            return present(x, weight);
        }

        @Override
        public boolean needsWholeRows() {
            return true;
        }

        @Override
        public void run(Tile tile) {
            for (int r = 0; r < tile.rows(); r++) {
                long w = weight == NONE ? 0 : tile.at(weight, r);
                tile.math.rmsNorm(tile.at(x, r), w, epsilon, tile.at(to, r), tile.columns());
            }
        }
    }

    record Softmax(int to, int x) implements RowStep {
        @Override
        public int[] reads() {
            return new int[] {x};
        }

        @Override
        public boolean needsWholeRows() {
            return true;
        }

        @Override
        public void run(Tile tile) {
            for (int r = 0; r < tile.rows(); r++) {
                tile.math.softmax(tile.at(x, r), tile.at(to, r), tile.columns());
            }
        }
    }

    /// A step that writes the register `x` to memory.
    sealed interface Storing extends RowStep {

        int x();

        @Override
        Access target();

        @Override
        default int to() {
            return NONE;
        }

        @Override
        default int[] reads() {
            return new int[] {x()};
        }

        @Override
        default boolean keepsFixed() {
            return false;
        }
    }

    /// Writes rows to memory, as the element type there.
    record Store(int x, Access target) implements Storing {
        @Override
        public boolean ignoresRows() {
            return target.gapless();
        }

        @Override
        public void run(Tile tile) {
            boolean dense = target.isOneRun(tile, x);
            for (int r = 0; r < tile.passes(dense); r++) {
                long address = target.address(tile.row() + r, tile.column());
                if (address != tile.at(x, r)) {
                    DType dtype = target.place().dtype();
                    int n = dense ? tile.elements(true) : tile.columns();
                    Elements.store(tile.math, dtype, tile.at(x, r), address, target.columnStride(), n);
                }
            }
        }
    }

    /// Writes one number a row to memory, the first of its columns.
    record StorePerRow(int x, Access target) implements Storing {
        @Override
        public boolean needsWholeRows() {
            return true;
        }

        @Override
        public void run(Tile tile) {
            for (int r = 0; r < tile.rows(); r++) {
                Elements.store(target.place().dtype(), RawMemory.f32(tile.at(x, r)), target.address(tile.row() + r, 0));
            }
        }
    }

    /// Writes the sum of a tile's rows to memory, a row of sums for every `height` rows.
    record SumOfRows(int x, Access target, int height) implements Storing {
        @Override
        public boolean ignoresRows() {
            return false;
        }

        @Override
        public void run(Tile tile) {
            long stride = tile.rows() > 1 ? tile.at(x, 1) - tile.at(x, 0) : 0;
            long to = target.address(tile.row() / height, tile.column());
            tile.math.sumOfRows(tile.at(x, 0), tile.rows(), stride, to, tile.columns());
        }
    }

    private static int[] present(int... registers) {
        int count = 0;
        for (int r : registers) {
            if (r != NONE) {
                registers[count++] = r;
            }
        }
        return Arrays.copyOf(registers, count);
    }
}
