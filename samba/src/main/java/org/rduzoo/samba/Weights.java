package org.rduzoo.samba;

import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.Supplier;
import org.rduzoo.ir.Type;

/// The tensors of a checkpoint by name: what converters fill, and the backend maps and packs.
///
/// Tensors are read when they are asked for: a mapped file costs nothing until then, a quantised one is expanded then.
public interface Weights extends AutoCloseable {

    /// The names of all tensors, in the order of the checkpoint.
    List<String> names();

    /// The tensor of this name, if the checkpoint has it.
    Optional<Weight> find(String name);

    /// Where the tensors come from, for messages: a file or a folder.
    String source();

    /// These tensors, which it does not copy, by their names.
    ///
    /// @param source for messages
    static Weights of(String source, List<SambaTensor> tensors) {
        SequencedMap<String, Weight> all = new LinkedHashMap<>();
        tensors.forEach(t -> all.put(t.name(), new Weight(t.name(), t.type(), source, t::segment)));
        return new Weights() {
            @Override
            public List<String> names() {
                return List.copyOf(all.keySet());
            }

            @Override
            public Optional<Weight> find(String name) {
                return Optional.ofNullable(all.get(name));
            }

            @Override
            public String source() {
                return source;
            }

            @Override
            public void close() {
                // The tensors are their owners'.
            }
        };
    }

    /// Lets go of mapped files. Segments handed out are dead after it.
    @Override
    void close();

    /// One tensor.
    ///
    /// @param source the file that it lies in, for messages
    /// @param data its elements in row-major order, little-endian, packed; read or expanded on each call, so call once
    record Weight(String name, Type type, String source, Supplier<MemorySegment> data) {

        /// The elements. The segment lives as long as the [Weights] it came from.
        public MemorySegment segment() {
            return data.get();
        }
    }
}
