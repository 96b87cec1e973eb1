package org.rduzoo.checkpoint.gguf;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import org.rduzoo.checkpoint.file.MappedFile;

/// A GGUF file of version 2 or 3, mapped: its metadata, and its tensors under the names that they have there.
public final class GgufFile implements AutoCloseable {

    private final MappedFile file;
    private final GgufParser.Head head;

    private GgufFile(MappedFile file, GgufParser.Head head) {
        this.file = file;
        this.head = head;
    }

    /// Maps the file at `path` and reads its head.
    ///
    /// @throws UserError if the file is missing, damaged, or holds a type that cannot be read
    public static GgufFile open(Path path) {
        MappedFile file = MappedFile.open(path);
        try {
            return new GgufFile(file, GgufParser.parse(file.bytes(), file.source()));
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }

    /// Its path, for messages.
    public String source() {
        return file.source();
    }

    /// The version of the format, 2 or 3.
    public int version() {
        return head.version();
    }

    public GgufMetadata metadata() {
        return head.metadata();
    }

    /// The tensors in the order of the file.
    public List<GgufTensor> tensors() {
        return head.tensors();
    }

    /// A tensor's data as they are in the file, quantised blocks included. They live until the file is
    /// closed.
    public MemorySegment data(GgufTensor tensor) {
        return file.bytes().asSlice(tensor.offset(), tensor.bytes());
    }

    @Override
    public void close() {
        file.close();
    }
}
