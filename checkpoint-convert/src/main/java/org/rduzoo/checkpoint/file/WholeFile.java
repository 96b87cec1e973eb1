package org.rduzoo.checkpoint.file;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;
import org.rduzoo.samba.UserError;

/// Writes files that appear whole or not at all: to a temporary file beside the target, to the disk, then renamed.
public final class WholeFile {

    /// As much as is handed to the system at a time.
    private static final long CHUNK = 8 << 20;

    private WholeFile() {}

    /// What is to be in a file.
    @FunctionalInterface
    public interface Content {
        void writeTo(FileChannel channel) throws IOException;
    }

    /// Writes `content` to `target`, whose folder is made if need be.
    ///
    /// @throws UserError when `target` exists and may not be replaced, or cannot be written
    public static void write(Path target, boolean force, Content content) {
        refuseExisting(target, force);
        Path folder = target.toAbsolutePath().resolveSibling("");
        Path partial = folder.resolve("." + target.getFileName() + "." + UUID.randomUUID() + ".partial");
        try {
            Files.createDirectories(folder);
            try {
                try (FileChannel channel =
                        FileChannel.open(partial, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) {
                    content.writeTo(channel);
                    channel.force(true);
                }
                refuseExisting(target, force);
                rename(partial, target);
            } finally {
                Files.deleteIfExists(partial);
            }
        } catch (IOException e) {
            throw new UserError(target + " cannot be written: " + UserError.reason(e), e);
        }
    }

    /// Writes `bytes` to `target`, as the other does.
    public static void write(Path target, boolean force, byte[] bytes) {
        write(target, force, channel -> writeAll(channel, ByteBuffer.wrap(bytes)));
    }

    /// Writes all of a segment of any size, wherever it lies.
    public static void writeAll(FileChannel channel, MemorySegment bytes) throws IOException {
        // What lies on the heap goes through a buffer of ours: the channel would make one as large as all that it gets.
        ByteBuffer buffer =
                bytes.isNative() ? null : ByteBuffer.allocateDirect((int) Math.min(CHUNK, bytes.byteSize()));
        for (long at = 0; at < bytes.byteSize(); at += CHUNK) {
            MemorySegment chunk = bytes.asSlice(at, Math.min(CHUNK, bytes.byteSize() - at));
            if (buffer == null) {
                writeAll(channel, chunk.asByteBuffer());
            } else {
                MemorySegment.ofBuffer(buffer.clear().limit((int) chunk.byteSize()))
                        .copyFrom(chunk);
                writeAll(channel, buffer);
            }
        }
    }

    public static void writeAll(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    static void rename(Path from, Path to) throws IOException {
        try {
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException e) {
            Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private static void refuseExisting(Path target, boolean force) {
        if (Files.isDirectory(target)) {
            throw new UserError(target + " is a folder, but a file is to be written there. Choose another name.");
        }
        if (!force && Files.exists(target)) {
            throw new UserError(target + " exists already. Choose another name, or replace it with --force.");
        }
    }
}
