package org.rduzoo.ir;

import java.util.List;

/// An operation on values: a record whose components are its operands ([Value], `Optional<Value>`, `List<Value>`)
/// and its attributes (everything else, see [Ops]).
///
/// The families are sealed, so each consumer is a `switch` without a `default`: a new operation becomes a list of
/// compile errors to work through. What an operation means is [Reference]; what its operands must satisfy is on the
/// record, with labels that [IllTyped] names.
public sealed interface Op
        permits Elementwise,
                Layout,
                Reduction,
                Product,
                Convolution,
                Sampling,
                Normalization,
                ChannelNorm,
                Lookup,
                Positional,
                Gradient,
                ImageGradient,
                Optimizer {

    /// The types of the results.
    ///
    /// @throws IllTyped when a constraint is broken
    List<Type> infer();
}
