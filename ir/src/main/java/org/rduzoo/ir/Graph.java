package org.rduzoo.ir;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// A list of nodes in an order in which they can be run, with named inputs and outputs.
///
/// State (a cache, a parameter in training, an optimizer's moments, running statistics) is an input and an output
/// marked as its [Output#alias]: after a run the output's value stands in the input's place.
public record Graph(String name, List<Input> inputs, List<Node> nodes, List<Output> outputs) {

    public Graph {
        inputs = List.copyOf(inputs);
        nodes = List.copyOf(nodes);
        outputs = List.copyOf(outputs);
    }

    /// Where an input comes from.
    public enum Kind {
        /// A tensor that the caller gives anew with each run.
        INPUT,
        /// A weight of the checkpoint, named by its key.
        PARAMETER,
        /// What a run leaves for the next.
        STATE;

        /// The model path of an input that nobody gave another: a parameter's is its name.
        String defaultPath(String name) {
            return this == PARAMETER ? name : "";
        }
    }

    public record Input(String name, Kind kind, Value value) {}

    /// @param alias the name of the state or parameter that this output replaces
    public record Output(String name, Value value, Optional<String> alias) {}

    public Stream<Input> inputs(Kind kind) {
        return inputs.stream().filter(i -> i.kind() == kind);
    }

    public Optional<Input> input(String name) {
        return inputs.stream().filter(i -> i.name().equals(name)).findFirst();
    }

    public Optional<Output> output(String name) {
        return outputs.stream().filter(o -> o.name().equals(name)).findFirst();
    }

    /// How many values there are; their numbers run from 0 to this, exclusive.
    public int valueCount() {
        return inputs.size() + nodes.stream().mapToInt(n -> n.results().size()).sum();
    }

    /// The text form ([GraphText]).
    @Override
    public String toString() {
        return GraphText.print(this);
    }
}
