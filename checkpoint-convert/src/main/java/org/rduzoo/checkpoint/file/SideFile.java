package org.rduzoo.checkpoint.file;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.rduzoo.samba.UserError;

/// A file that belongs to a checkpoint beside its weights, such as `tokenizer.json`.
public sealed interface SideFile {

    /// All of it.
    byte[] bytes();

    /// All of it, as UTF-8.
    default String text() {
        return new String(bytes(), StandardCharsets.UTF_8);
    }

    static SideFile of(byte[] bytes) {
        return new Made(bytes.clone());
    }

    static SideFile at(Path path) {
        return new OnDisk(path);
    }

    /// One that lies in the checkpoint's folder, and is read when asked for.
    record OnDisk(Path path) implements SideFile {

        @Override
        public byte[] bytes() {
            try {
                return Files.readAllBytes(path);
            } catch (IOException e) {
                throw new UserError(path + " cannot be read: " + UserError.reason(e), e);
            }
        }
    }

    /// One that a conversion made.
    final class Made implements SideFile {

        private final byte[] bytes;

        private Made(byte[] bytes) {
            this.bytes = bytes;
        }

        @Override
        public byte[] bytes() {
            return bytes.clone();
        }
    }
}
