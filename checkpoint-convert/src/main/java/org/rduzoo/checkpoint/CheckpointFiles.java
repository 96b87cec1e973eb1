package org.rduzoo.checkpoint;

import java.nio.file.Path;
import java.util.Map;
import org.rduzoo.checkpoint.safetensors.SafetensorsWriter;
import org.rduzoo.samba.Checkpoints;
import org.rduzoo.samba.Weights;

/// What `samba.fromCheckpoint` reads by: any format that [Checkpoint] knows.
public final class CheckpointFiles implements Checkpoints {

    @Override
    public Weights open(Path path) {
        return Checkpoint.openWithoutConfig(path).weights();
    }

    @Override
    public void write(Path file, Weights weights, boolean force) {
        SafetensorsWriter.write(
                file,
                weights.names().stream().map(n -> weights.find(n).orElseThrow()).toList(),
                Map.of(),
                force);
    }
}
