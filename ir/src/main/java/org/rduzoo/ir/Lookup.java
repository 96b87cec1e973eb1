package org.rduzoo.ir;

import static org.rduzoo.ir.IllTyped.unless;

import java.util.List;

/// Operations whose operands say which elements to take.
public sealed interface Lookup extends Op {

    /// `[V, C], i64[..] -> [.., C]`: row `ids[..]` of the table. An id outside `[0, V)` is an error of the run.
    ///
    /// - C1: the table has two dimensions, the ids are `i64`.
    record Embedding(Value table, Value ids) implements Lookup {
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
