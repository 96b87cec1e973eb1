package org.rduzoo.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rduzoo.samba.Samba;
import org.rduzoo.samba.SambaTensor;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.Weights;

final class CheckpointFilesTest {

    private final Samba samba = new Samba();

    @TempDir
    private Path folder;

    @Test
    void whatSambaWritesItReadsFromTheFileOrItsFolder() {
        SambaTensor weight = samba.randn("out.weight", 3, 5);
        Path file = folder.resolve("model.safetensors");
        samba.toCheckpoint(file, Weights.of("here", List.of(weight)), false);
        for (Path path : List.of(file, folder)) {
            try (Weights read = samba.fromCheckpoint(path)) {
                Weights.Weight found = read.find("out.weight").orElseThrow();
                assertThat(SambaTensor.of("read", found.type(), found.segment()).toFloats())
                        .isEqualTo(weight.toFloats());
            }
        }
        assertThatThrownBy(() -> samba.toCheckpoint(file, Weights.of("here", List.of(weight)), false))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("exists");
    }

    @Test
    void aCheckpointThatIsNotThereIsNamed() {
        assertThatThrownBy(() -> samba.fromCheckpoint(folder.resolve("none.gguf")))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("none.gguf does not exist");
    }
}
