package org.rduzoo.backend.pef;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.UUID;
import java.util.function.BiFunction;
import org.rduzoo.samba.UserError;

/// Reads and writes the files of PEFs.
final class PefFile {

    /// The text of the largest models takes a few megabytes.
    private static final long MOST_BYTES = 1L << 30;

    private PefFile() {}

    static Pef read(Path file) {
        return read(file, PefFormat::read);
    }

    static Pef readOwn(Path file) {
        return read(file, PefFormat::readOwn);
    }

    private static Pef read(Path file, BiFunction<byte[], byte[], Pef> format) {
        try (InputStream in = Files.newInputStream(file)) {
            long size = Files.size(file);
            byte[] header = in.readNBytes(PefFormat.HEADER_BYTES);
            PefFormat.checkHeader(header, size);
            if (size > MOST_BYTES) {
                throw new PefFormat.Refused("has " + size + " bytes, more than any PEF that the tools write");
            }
            byte[] content = in.readNBytes((int) (size - header.length));
            if (content.length != size - header.length) {
                throw new PefFormat.Refused("became shorter while it was read");
            }
            return format.apply(header, content);
        } catch (PefFormat.Refused e) {
            throw new UserError(file + " " + e.getMessage() + ".\nCompile it again: ./rdu compile MODEL …", e);
        } catch (NoSuchFileException e) {
            throw new UserError("there is no PEF " + file + ".\nCompile one: ./rdu compile MODEL … -p " + file, e);
        } catch (IOException e) {
            throw new UserError("the PEF " + file + " cannot be read: " + UserError.reason(e), e);
        }
    }

    static void write(Pef pef, Path file, boolean force) {
        Path target = file.toAbsolutePath();
        try {
            if (!force && Files.exists(target) && !isPef(target)) {
                throw new UserError(file + " exists and is not a PEF, so it is left as it is.\n"
                        + "Give another name with -p, or --force to replace it.");
            }
            Path folder = Optional.ofNullable(target.getParent()).orElse(target);
            Files.createDirectories(folder);
            Path whole = folder.resolve("." + target.getFileName() + "." + UUID.randomUUID() + ".tmp");
            try {
                try (FileChannel out =
                        FileChannel.open(whole, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                    ByteBuffer bytes = ByteBuffer.wrap(pef.toBytes());
                    while (bytes.hasRemaining()) {
                        out.write(bytes);
                    }
                    out.force(true);
                }
                Files.move(whole, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(whole);
            }
        } catch (IOException e) {
            throw new UserError("the PEF " + file + " cannot be written: " + UserError.reason(e), e);
        }
    }

    private static boolean isPef(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            return false;
        }
        try (InputStream in = Files.newInputStream(file)) {
            return PefFormat.startsLikeAPef(in.readNBytes(PefFormat.HEADER_BYTES));
        }
    }
}
