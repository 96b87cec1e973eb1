package org.rduzoo.checkpoint.gguf;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Shape;
import org.rduzoo.ir.Type;
import org.rduzoo.samba.Weights;

/// The tensors of a GGUF checkpoint under Hugging Face's names.
///
/// Plain numbers in the right order stay in the mapped file. Quantised tensors, and those whose rows are in
/// another order, are put into memory of their own each time they are asked for.
final class GgufWeights implements Weights {

    /// Where a tensor lies, and what to do with its rows.
    record Place(GgufFile file, GgufTensor tensor, LlamaTensors.Rows rows) {}

    private final GgufCheckpoint checkpoint;
    private final Map<String, Place> places;
    private final int headDim;
    private final DType expanded;
    private final ExpandedMemory memory = new ExpandedMemory();

    /// @param expanded what quantised tensors become
    GgufWeights(GgufCheckpoint checkpoint, Map<String, Place> places, int headDim, DType expanded) {
        this.checkpoint = checkpoint;
        this.places = places;
        this.headDim = headDim;
        this.expanded = expanded;
    }

    @Override
    public List<String> names() {
        return List.copyOf(places.keySet());
    }

    @Override
    public Optional<Weight> find(String name) {
        return Optional.ofNullable(places.get(name)).map(place -> {
            GgufTensor tensor = place.tensor();
            Type type = new Type(tensor.type().plain().orElse(expanded), tensor.shape());
            return new Weight(name, type, place.file().source(), () -> elements(place, type));
        });
    }

    private MemorySegment elements(Place place, Type type) {
        GgufTensor tensor = place.tensor();
        MemorySegment data = place.file().data(tensor);
        boolean inOrder = place.rows() == LlamaTensors.Rows.SAME;
        if (tensor.bytes() == 0 || (inOrder && !tensor.type().isQuantized())) {
            return data;
        }
        MemorySegment out = memory.allocate(type.bytes());
        Expansion.RowOrder order = row -> LlamaTensors.ggufRow(row, headDim);
        if (inOrder) {
            Expansion.expand(tensor.type(), data, type.dtype(), out);
        } else if (tensor.type().isQuantized()) {
            Expansion.expandRows(tensor.type(), data, rowElements(tensor.shape()), order, type.dtype(), out);
        } else {
            Expansion.copyRows(
                    data, (long) rowElements(tensor.shape()) * type.dtype().bytes(), order, out);
        }
        return out.asReadOnly();
    }

    private static int rowElements(Shape shape) {
        return Math.toIntExact(shape.elements(1, shape.rank()));
    }

    @Override
    public String source() {
        return checkpoint.file().source();
    }

    @Override
    public void close() {
        memory.close();
        checkpoint.close();
    }
}
