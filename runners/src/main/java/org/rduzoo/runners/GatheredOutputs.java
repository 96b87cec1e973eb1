package org.rduzoo.runners;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.LinkedHashMap;
import java.util.Map;
import org.rduzoo.backend.host.HostGraph;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.Type;

/// The outputs of a batch, put together from those of its micro-batches: rows follow each other, losses are joined.
final class GatheredOutputs {

    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    private final HostGraph graph;
    private final Batching batching;
    private final Map<String, MemorySegment> outputs = new LinkedHashMap<>();
    private double loss;

    GatheredOutputs(HostGraph graph, Batching batching, Arena arena) {
        this.graph = graph;
        this.batching = batching;
        for (Graph.Output output : graph.graph().outputs()) {
            // One run leaves all of it where the graph has it.
            outputs.put(
                    output.name(),
                    batching.steps() == 1
                            ? graph.output(output.name())
                            : arena.allocate(type(output).bytes(), 64));
        }
    }

    /// The type for the whole batch.
    Type type(Graph.Output output) {
        Type type = output.value().type();
        return type.rank() == 0 ? type : type.withDim(0, batching.size());
    }

    MemorySegment data(Graph.Output output) {
        MemorySegment data = outputs.get(output.name());
        if (data == null) {
            throw new IllegalArgumentException(output.name());
        }
        return data;
    }

    /// Takes what the graph holds after a run.
    ///
    /// @param first the first row that went through it
    /// @param share what part its loss is of the batch's
    void add(int first, double share) {
        if (batching.steps() == 1) {
            return;
        }
        for (Graph.Output output : graph.graph().outputs()) {
            MemorySegment from = graph.output(output.name());
            MemorySegment to = data(output);
            if (output.value().type().rank() == 0) {
                // A micro-batch none of whose labels count has no loss: its mean is no number.
                loss += share == 0 ? 0 : share * from.get(FLOAT, 0);
                to.set(FLOAT, 0, (float) loss);
            } else {
                to.asSlice(from.byteSize() / batching.step() * first, from.byteSize())
                        .copyFrom(from);
            }
        }
    }
}
