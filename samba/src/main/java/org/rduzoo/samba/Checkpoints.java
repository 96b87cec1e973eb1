package org.rduzoo.samba;

import java.nio.file.Path;
import java.util.ServiceLoader;

/// Reads and writes checkpoints: what [Samba#fromCheckpoint] finds on the class path.
public interface Checkpoints {

    /// The reader of this program.
    static Checkpoints find() {
        return ServiceLoader.load(Checkpoints.class)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("no reader is on the class path: add checkpoint-convert"));
    }

    /// Opens what is at `path`; its weights are mapped, and read when they are asked for.
    Weights open(Path path);

    /// Writes a `.safetensors` file.
    void write(Path file, Weights weights, boolean force);
}
