package org.rduzoo.ir;

import static org.rduzoo.ir.IllTyped.unless;

import java.util.List;
import java.util.Optional;

/// Operations whose operands say which elements to take.
public sealed interface Lookup extends Op {

    /// `[V, C], i64[..] -> [.., C]`: row `ids[..]` of the table. An id outside `[0, V)` is an error of the run. The row
    /// `padding` is not trained by being taken: it counts as constant in the gradient.
    ///
    /// - C1: the table has two dimensions, the ids are `i64`.
    record Embedding(Value table, Value ids, Optional<Long> padding) implements Lookup {

        /// A table all of whose rows are trained.
        public Embedding(Value table, Value ids) {
            this(table, ids, Optional.empty());
        }

        @Override
        public List<Type> infer() {
            unless(
                    table.type().rank() == 2 && ids.dtype() == DType.I64,
                    this,
                    "C1",
                    "the table has two dimensions, the ids are i64");
            return List.of(
                    table.type().withShape(ids.shape().append(table.type().dim(1))));
        }
    }
}
