package org.rduzoo.checkpoint.onnx;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.rduzoo.checkpoint.file.MappedFile;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.Weights;

/// An ONNX file, mapped: its model, and its initializers as weights under their own names.
public final class OnnxFile implements Weights {

    private final MappedFile file;
    private final ExternalFiles external;
    private final OnnxModel model;
    private final Map<String, Weight> weights;

    private OnnxFile(MappedFile file, ExternalFiles external, OnnxModel model) {
        this.file = file;
        this.external = external;
        this.model = model;
        this.weights =
                LinkedHashMap.newLinkedHashMap(model.graph().initializers().size());
        model.graph()
                .initializers()
                .forEach((name, tensor) ->
                        weights.put(name, new Weight(name, tensor.type(), file.source(), tensor.data())));
    }

    /// Maps the file at `path` and reads its graph. Elements are left where they are: in the file, or in files beside
    /// it, which are opened when asked for.
    ///
    /// @throws UserError when it is missing or damaged, with the place and what was expected there
    public static OnnxFile open(Path path) {
        MappedFile file = MappedFile.open(path);
        ExternalFiles external = new ExternalFiles(path);
        try {
            OnnxReader reader = new OnnxReader(file.source(), external);
            return new OnnxFile(file, external, reader.model(Wire.of(file.source(), file.bytes())));
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }

    /// Whether a file that begins like this may be an ONNX model: a message whose first fields are the version of the
    /// format and the name of what wrote it.
    public static boolean looksLike(MemorySegment start) {
        try {
            Wire wire = Wire.of("", start);
            return wire.next() && wire.field() == 1 && wire.varint() < 1000 && wire.next() && wire.field() <= 20;
        } catch (UserError e) {
            return false;
        }
    }

    /// The graph and what belongs to it.
    public OnnxModel model() {
        return model;
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
        external.close();
        file.close();
    }
}
