package org.rduzoo.backend.host.kernel;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.rduzoo.ir.BinaryFn;
import org.rduzoo.ir.CompareFn;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.ReduceFn;
import org.rduzoo.ir.Shape;
import org.rduzoo.ir.UnaryFn;

/// A group of operations as one small program over rows: each instruction reads and writes registers that hold a tile
/// of rows as `f32` in the nearest cache, so that a chain of operations touches memory once.
///
/// Rows are the last dimension of `shape`. All steps see the same shape; operands stretch to it when they are loaded.
public final class RowProgram {

    /// Elements of the rows that are added up by themselves, and the fewest rows of these.
    private static final int SUMMED = 2048;

    private static final int SUMMED_ROWS = 16;

    private final Shape shape;
    private final List<RowStep> steps;
    private final int registers;

    private RowProgram(Shape shape, List<RowStep> steps, int registers) {
        this.shape = shape;
        this.steps = steps;
        this.registers = registers;
    }

    /// A program over `shape`; a scalar counts as `[1]`.
    public static Builder builder(Shape shape) {
        return new Builder(shape.rank() == 0 ? Shape.of(1) : shape);
    }

    public Shape shape() {
        return shape;
    }

    List<RowStep> steps() {
        return steps;
    }

    int registers() {
        return registers;
    }

    /// Rows of so many columns that [Builder#sumRows] adds up by themselves, whatever the number of threads: a tile of
    /// them lies in the nearest cache.
    public static int summed(int columns) {
        return Math.max(SUMMED_ROWS, SUMMED / Math.max(1, columns));
    }

    /// A value within a program; it is written once.
    public record Register(int number) {}

    /// Writes a program, a step a call. Steps run in the order of the calls.
    public static final class Builder {

        private final Shape shape;
        private final List<RowStep> steps = new ArrayList<>();
        private int registers;

        private Builder(Shape shape) {
            this.shape = shape;
        }

        /// A row-major tensor (`f32`, `bf16`, `i64` or `bool`) whose shape stretches to the program's.
        public Register load(Place place, Shape operand) {
            return load(place, Access.stretched(operand, shape));
        }

        /// A tensor with these strides, in elements, one for each dimension of the program; 0 where it stretches.
        public Register load(Place place, long... strides) {
            Elements.require(place.dtype());
            Register to = next();
            steps.add(new RowStep.Load(to.number, Access.of(place, shape, strides)));
            return to;
        }

        public Register constant(double value) {
            Register to = next();
            steps.add(new RowStep.Constant(to.number, (float) value));
            return to;
        }

        /// For each row the row of `table`, of shape `[entries, columns]`, that the row-major `ids` name; their shape
        /// stretches to the program's without its last dimension. A run with an id outside the table throws a
        /// [org.rduzoo.samba.UserError].
        public Register gather(Place table, int entries, Place ids, Shape idShape) {
            int columns = shape.dim(-1);
            Shape rows = shape.withDim(-1, 1);
            if (ids.dtype() != DType.I64) {
                throw new IllegalArgumentException(
                        "ids are i64, not " + ids.dtype().text());
            }
            Register to = next();
            Access entry = Access.of(table, Shape.of(entries, columns), new long[] {columns, 1});
            Access id = Access.of(ids, rows, Access.stretched(idShape.append(1), rows));
            steps.add(new RowStep.Gather(to.number, entry, entries, id));
            return to;
        }

        /// Drops elements with a probability, `f32[]`, by a seed, `i64[]`, and the number of a layer.
        public Register dropout(Register x, Place seed, Place probability, long layer) {
            Register to = next();
            steps.add(new RowStep.Dropout(
                    to.number, x.number, seed.require(1), probability.require(1), layer, shape.dim(-1)));
            return to;
        }

        public Register unary(UnaryFn fn, Register x) {
            Register to = next();
            steps.add(new RowStep.Unary(to.number, fn, x.number));
            return to;
        }

        public Register binary(BinaryFn fn, Register a, Register b) {
            Register to = next();
            steps.add(new RowStep.Binary(to.number, fn, a.number, b.number));
            return to;
        }

        /// 1 where the comparison holds, else 0.
        public Register compare(CompareFn fn, Register a, Register b) {
            Register to = next();
            steps.add(new RowStep.Compare(to.number, fn, a.number, b.number));
            return to;
        }

        /// `then` where the condition is not 0, else `otherwise`.
        public Register select(Register condition, Register then, Register otherwise) {
            Register to = next();
            steps.add(new RowStep.Select(to.number, condition.number, then.number, otherwise.number));
            return to;
        }

        /// Rounds to the nearest `bf16`, ties to even.
        public Register round(Register x) {
            Register to = next();
            steps.add(new RowStep.Round(to.number, x.number));
            return to;
        }

        /// Rounds to an integer, towards zero.
        public Register truncate(Register x) {
            Register to = next();
            steps.add(new RowStep.Truncate(to.number, x.number));
            return to;
        }

        /// Joins each row to one number, which then stands in all its columns.
        public Register reduce(ReduceFn fn, Register x) {
            Register to = next();
            steps.add(new RowStep.Reduce(to.number, fn, x.number));
            return to;
        }

        public Register layerNorm(Register x, Optional<Register> weight, Optional<Register> bias, double epsilon) {
            Register to = next();
            steps.add(new RowStep.LayerNorm(to.number, x.number, number(weight), number(bias), epsilon));
            return to;
        }

        public Register rmsNorm(Register x, Optional<Register> weight, double epsilon) {
            Register to = next();
            steps.add(new RowStep.RmsNorm(to.number, x.number, number(weight), epsilon));
            return to;
        }

        public Register softmax(Register x) {
            Register to = next();
            steps.add(new RowStep.Softmax(to.number, x.number));
            return to;
        }

        /// Writes to a row-major tensor of the program's shape, as its element type.
        public Builder store(Register x, Place place) {
            return store(x, place, shape.strides());
        }

        /// Writes to a tensor with these strides, in elements, one for each dimension of the program.
        public Builder store(Register x, Place place, long... strides) {
            Elements.require(place.dtype());
            steps.add(new RowStep.Store(x.number, Access.of(place, shape, strides)));
            return this;
        }

        /// Writes one number a row, as [#reduce] leaves it, to a row-major tensor of the program's shape without its
        /// last dimension.
        public Builder storePerRow(Register x, Place place) {
            Elements.require(place.dtype());
            Shape rows = shape.withDim(-1, 1);
            steps.add(new RowStep.StorePerRow(x.number, Access.of(place, rows, rows.strides())));
            return this;
        }

        /// Writes the sum of every [#summed] rows to a row of `sums`, a row-major matrix of `f32`.
        public Builder sumRows(Register x, Place sums) {
            long rows = shape.elements(0, shape.rank() - 1);
            int columns = shape.dim(-1);
            int height = summed(columns);
            Shape matrix = Shape.of(Math.toIntExact((rows + height - 1) / height), columns);
            steps.add(new RowStep.SumOfRows(x.number, Access.of(sums, matrix, matrix.strides()), height));
            return this;
        }

        public RowProgram build() {
            return new RowProgram(shape, withoutRoundingTwice(), registers);
        }

        /// Storing to `bf16` rounds, so it needs none of what only rounds for it.
        private List<RowStep> withoutRoundingTwice() {
            Map<Integer, Integer> rounded = new HashMap<>();
            for (RowStep s : steps) {
                if (s instanceof RowStep.Round(int to, int x)) {
                    rounded.put(to, x);
                }
            }
            List<RowStep> left = new ArrayList<>();
            Set<Integer> read = new HashSet<>();
            for (RowStep s : steps.reversed()) {
                RowStep step = s instanceof RowStep.Store(int x, Access to)
                                && to.place().dtype() == DType.BF16
                        ? new RowStep.Store(rounded.getOrDefault(x, x), to)
                        : s;
                if (!(step instanceof RowStep.Round round) || read.contains(round.to())) {
                    left.addFirst(step);
                    for (int r : step.reads()) {
                        read.add(r);
                    }
                }
            }
            return List.copyOf(left);
        }

        private Register next() {
            return new Register(registers++);
        }

        private static int number(Optional<Register> register) {
            return register.map(Register::number).orElse(RowStep.NONE);
        }
    }
}
