package org.rduzoo.checkpoint.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Type;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.Weights;

class ShardedSafetensorsTest {

    private static final Path SHARDED = Path.of("src/test/resources/safetensors/sharded");

    @TempDir
    Path folder;

    private Path index = Path.of("");

    @BeforeEach
    void copyTheShards() throws IOException {
        try (Stream<Path> files = Files.list(SHARDED)) {
            for (Path file : files.toList()) {
                Files.write(folder.resolve(file.getFileName()), Files.readAllBytes(file));
            }
        }
        index = folder.resolve(ShardedSafetensors.INDEX);
    }

    @Test
    void tensorsOfAllShardsAreFound() {
        try (Weights weights = ShardedSafetensors.open(index)) {
            assertThat(weights.names())
                    .containsExactly("layers.0.w", "layers.1.w", "layers.2.w", "layers.3.w", "layers.4.w");
            assertThat(weights.find("layers.3.w").orElseThrow().type()).isEqualTo(Type.of(DType.F32, 4, 4));
            assertThat(weights.find("layers.3.w").orElseThrow().source()).endsWith("model-00003-of-00003.safetensors");
            assertThat(weights.find("layers.5.w")).isEmpty();
        }
    }

    @Test
    void aMissingShardIsNamed() throws IOException {
        Files.delete(folder.resolve("model-00002-of-00003.safetensors"));
        assertRefused("names 3 files, but 1 are missing: model-00002-of-00003.safetensors");
    }

    @Test
    void aTensorThatIsNotInItsShardIsNamed() throws IOException {
        edit("\"layers.2.w\": \"model-00002", "\"layers.2.w\": \"model-00001");
        assertRefused("puts tensor \"layers.2.w\" into model-00001-of-00003.safetensors, but it is not there");
    }

    @Test
    void aTensorThatTheIndexLacksIsNamed() throws IOException {
        edit("\"layers.0.w\": \"model-00001-of-00003.safetensors\",", "");
        assertRefused("holds tensor \"layers.0.w\", which");
    }

    @ParameterizedTest
    @ValueSource(strings = {"../secret.safetensors", "/etc/passwd", "sub/x.safetensors", "..", "", "C:x", "a\\\\b"})
    void aPathThatLeadsElsewhereIsNotFollowed(String name) throws IOException {
        edit("model-00002-of-00003.safetensors", name);
        assertRefused("which is not the name of a file in the same folder");
    }

    @Test
    void anIndexWithoutAMapIsRefused() throws IOException {
        Files.writeString(index, "{\"weights\": {}}");
        assertRefused("has no \"weight_map\"");
    }

    private void edit(String from, String to) throws IOException {
        String text = Files.readString(index);
        assertThat(text).contains(from);
        Files.writeString(index, text.replace(from, to));
    }

    private void assertRefused(String why) {
        assertThatThrownBy(() -> ShardedSafetensors.open(index))
                .isInstanceOf(UserError.class)
                .hasMessageContaining(ShardedSafetensors.INDEX)
                .hasMessageContaining(why);
    }
}
