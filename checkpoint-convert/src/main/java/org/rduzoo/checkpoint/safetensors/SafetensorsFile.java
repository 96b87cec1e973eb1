package org.rduzoo.checkpoint.safetensors;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.rduzoo.checkpoint.file.MappedFile;
import org.rduzoo.samba.Weights;

/// A safetensors file of any size, mapped into memory. Opening reads the header alone; the system brings in the data
/// page by page as it is touched, and many readers share it.
public final class SafetensorsFile implements Weights {

    private final MappedFile file;
    private final Map<String, String> metadata;
    private final Map<String, Weight> weights;

    private SafetensorsFile(MappedFile file, Map<String, String> metadata, Map<String, Weight> weights) {
        this.file = file;
        this.metadata = metadata;
        this.weights = weights;
    }

    /// Maps the file at `path` and checks its header: its length, that tensors neither overlap nor leave holes, that
    /// types, shapes and offsets agree and that no name occurs twice.
    ///
    /// @throws org.rduzoo.samba.UserError when it is missing or damaged, with the place and what was expected there
    public static SafetensorsFile open(Path path) {
        MappedFile file = MappedFile.open(path);
        try {
            SafetensorsHeader header = SafetensorsHeader.read(file.source(), file.bytes());
            MemorySegment data = file.bytes().asSlice(header.dataStart());
            Map<String, Weight> weights =
                    LinkedHashMap.newLinkedHashMap(header.entries().size());
            for (SafetensorsHeader.Entry e : header.entries()) {
                MemorySegment segment = data.asSlice(e.begin(), e.end() - e.begin());
                weights.put(e.name(), new Weight(e.name(), e.type(), file.source(), () -> segment));
            }
            return new SafetensorsFile(file, header.metadata(), weights);
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }

    /// The texts under `__metadata__`, such as `format: pt`.
    public Map<String, String> metadata() {
        return metadata;
    }

    @Override
    public List<String> names() {
        return List.copyOf(weights.keySet());
    }

    @Override
    public Optional<Weight> find(String name) {
        return Optional.ofNullable(weights.get(name));
    }

    @Override
    public String source() {
        return file.source();
    }

    @Override
    public void close() {
        file.close();
    }
}
