package org.rduzoo.checkpoint.onnx;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.rduzoo.checkpoint.file.MappedFile;
import org.rduzoo.checkpoint.file.Named;
import org.rduzoo.ir.Type;
import org.rduzoo.samba.UserError;

/// The files beside a model that hold elements of its tensors. They are mapped when first asked for, and only from the
/// model's own folder and those below it.
final class ExternalFiles implements AutoCloseable {

    private final Path model;
    private final Map<Path, MappedFile> mapped = new HashMap<>();

    ExternalFiles(Path model) {
        this.model = model;
    }

    Supplier<MemorySegment> data(String tensor, Type type, Map<String, String> location) {
        String name = location.getOrDefault("location", "");
        long offset = number(tensor, location, "offset", 0);
        long length = number(tensor, location, "length", type.bytes());
        if (length != type.bytes()) {
            throw new UserError(model + ": " + Named.tensor(tensor) + " of " + type.bytes()
                    + " bytes says that it has " + length + " bytes in " + Named.shortened(name)
                    + ". Export the model again.");
        }
        return () -> slice(tensor, name, offset, length);
    }

    private long number(String tensor, Map<String, String> location, String key, long otherwise) {
        String text = location.get(key);
        if (text == null) {
            return otherwise;
        }
        if (!text.matches("[0-9]{1,18}")) {
            throw new UserError(model + ": " + Named.tensor(tensor) + " has the external " + key + " "
                    + Named.shortened(text) + " where a number of bytes belongs. Export the model again.");
        }
        return Long.parseLong(text);
    }

    private synchronized MemorySegment slice(String tensor, String name, long offset, long length) {
        MappedFile file = mapped.computeIfAbsent(resolve(tensor, name), MappedFile::open);
        long size = file.bytes().byteSize();
        if (offset > size || length > size - offset) {
            throw new UserError(model + ": " + Named.tensor(tensor) + " should lie at bytes " + offset + " to "
                    + (offset + length) + " of " + file.source() + ", which has " + size
                    + " bytes. Is it cut short, or from another export?");
        }
        return file.bytes().asSlice(offset, length);
    }

    private Path resolve(String tensor, String name) {
        try {
            Path folder = model.toAbsolutePath().resolveSibling("").toRealPath();
            Path file = folder.resolve(name).normalize();
            if (!name.isEmpty() && file.startsWith(folder) && !file.equals(folder)) {
                if (!Files.exists(file)) {
                    throw new UserError(model + ": " + Named.tensor(tensor) + " lies in " + Named.shortened(name)
                            + ", which is not in " + folder + ". Put it beside the model.");
                }
                if (file.toRealPath().startsWith(folder)) {
                    return file;
                }
            }
        } catch (IOException | InvalidPathException e) {
            throw new UserError(
                    model + ": " + Named.tensor(tensor) + " lies in " + Named.shortened(name)
                            + ", which cannot be opened: " + e.getMessage(),
                    e);
        }
        throw new UserError(model + ": " + Named.tensor(tensor) + " asks for " + Named.shortened(name)
                + ", which is not in the model's folder. Only files in it are read: put the file there.");
    }

    @Override
    public synchronized void close() {
        mapped.values().forEach(MappedFile::close);
        mapped.clear();
    }
}
