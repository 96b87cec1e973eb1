package org.rduzoo.checkpoint.file;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.rduzoo.samba.UserError;

/// A file of any size, mapped to be read. Opening costs next to nothing: the system brings in each page when it is
/// touched, and many readers share it. Nothing in it is aligned, so read it with the `UNALIGNED` layouts.
public final class MappedFile implements AutoCloseable {

    private final String source;
    private final Arena arena;
    private final MemorySegment bytes;

    @SuppressWarnings("MustBeClosedChecker") // closed by close, or below when mapping fails
    private MappedFile(Path file) {
        this.source = file.toString();
        this.arena = Arena.ofShared();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            this.bytes = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
        } catch (IOException e) {
            arena.close();
            throw new UserError(source + " cannot be read: " + UserError.reason(e), e);
        }
    }

    /// Maps `file`.
    ///
    /// @throws UserError when it is missing, is a folder, or may not be read
    public static MappedFile open(Path file) {
        if (Files.isDirectory(file)) {
            throw new UserError(file + " is a folder, but a file was expected.");
        }
        if (!Files.exists(file)) {
            throw new UserError(file + " does not exist.");
        }
        return new MappedFile(file);
    }

    /// Its path, for messages.
    public String source() {
        return source;
    }

    /// All of it, read-only; dead after [#close].
    public MemorySegment bytes() {
        return bytes;
    }

    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
