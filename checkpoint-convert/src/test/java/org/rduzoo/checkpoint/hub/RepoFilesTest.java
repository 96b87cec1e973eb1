package org.rduzoo.checkpoint.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.rduzoo.samba.UserError;

class RepoFilesTest {

    private static final PullRequest REQUEST = PullRequest.of("org/model");

    @Test
    void pickledWeightsAreBroughtWhereThereAreNoOthers() {
        assertThat(RepoFiles.select(REQUEST, List.of("config.json", "pytorch_model.bin", "training_args.bin")))
                .containsExactly("config.json", "pytorch_model.bin");
        assertThat(RepoFiles.select(REQUEST, List.of("config.json", "pytorch_model.bin", "model.safetensors")))
                .containsExactly("config.json", "model.safetensors");
        assertThat(RepoFiles.select(
                        REQUEST,
                        List.of("pytorch_model-00001-of-00002.bin", "pytorch_model.bin.index.json", "tf_model.h5")))
                .containsExactly("pytorch_model-00001-of-00002.bin", "pytorch_model.bin.index.json");
    }

    @Test
    void aRepositoryWithoutWeightsIsRefused() {
        assertThatThrownBy(() -> RepoFiles.select(REQUEST, List.of("config.json", "tf_model.h5")))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("has no weights in safetensors or pytorch_model.bin; it has config.json");
    }
}
