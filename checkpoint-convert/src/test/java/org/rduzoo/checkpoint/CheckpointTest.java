package org.rduzoo.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rduzoo.checkpoint.Checkpoint.Format;
import org.rduzoo.checkpoint.file.Json;
import org.rduzoo.checkpoint.file.SideFile;
import org.rduzoo.checkpoint.file.WholeFile;
import org.rduzoo.checkpoint.tensor.WeightTable;
import org.rduzoo.samba.Pooling;
import org.rduzoo.samba.UserError;

class CheckpointTest {

    private static final Path RESOURCES = Path.of("src/test/resources");
    private static final Path LLAMA = RESOURCES.resolve("gguf/llama/llama");
    private static final Path BERT = RESOURCES.resolve("bert");

    @TempDir
    Path folder;

    @Test
    void aFolderHasWeightsConfigAndSideFiles() throws IOException {
        copy(BERT, folder);
        Files.writeString(folder.resolve("tokenizer.json"), "{\"a\": 1}");
        Files.createDirectory(folder.resolve("1_Pooling"));
        Files.writeString(folder.resolve("1_Pooling/config.json"), "{\"pooling_mode_cls_token\": true}");
        Files.writeString(folder.resolve("notes.txt"), "mine");
        try (Checkpoint checkpoint = Checkpoint.open(folder)) {
            assertThat(checkpoint.format()).isEqualTo(Format.HUGGING_FACE);
            assertThat(checkpoint.config().get("model_type").stringValue()).isEqualTo("bert");
            assertThat(checkpoint.weights().find("pooler.dense.weight")).isPresent();
            assertThat(checkpoint.files()).containsOnlyKeys("tokenizer.json", "1_Pooling/config.json");
            assertThat(checkpoint.json("tokenizer.json").orElseThrow().get("a").intValue())
                    .isEqualTo(1);
            assertThat(SentenceModel.of(checkpoint).orElseThrow().pooling()).isEqualTo(Pooling.CLS);
        }
    }

    @Test
    void aSingleFileIsToldByItsContentAndBringsWhatLiesBesideIt() throws IOException {
        copy(BERT, folder);
        Path odd = Files.move(folder.resolve("model.safetensors"), folder.resolve("weights.bin"));
        try (Checkpoint checkpoint = Checkpoint.open(odd)) {
            assertThat(checkpoint.format()).isEqualTo(Format.SAFETENSORS);
            assertThat(checkpoint.config().get("model_type").stringValue()).isEqualTo("bert");
        }
    }

    @Test
    void whatIsMissingIsSaidWithWhatWasLookedFor() throws IOException {
        assertRefused(Path.of("nowhere"), "nowhere does not exist. Expected a Hugging Face folder, or a .safetensors");
        assertRefused(folder, "has no config.json", "It holds nothing");
        Files.writeString(folder.resolve("config.json"), "{}");
        assertRefused(folder, "neither model.safetensors nor model.safetensors.index.json", "It holds config.json");
        Path empty = Files.writeString(folder.resolve("pytorch_model.bin"), "");
        assertRefused(folder, "pytorch_model.bin is not a file of torch.save");
        Files.delete(empty);
        Files.writeString(folder.resolve("model.gguf"), "");
        assertRefused(folder, "To use that file, name it: " + folder.resolve("model.gguf"));
        Files.writeString(folder.resolve("config.json"), "[1]");
        assertRefused(folder, "holds no JSON object, but array");
        Files.writeString(folder.resolve("config.json"), "{\"a\": 1, \"a\": 2}");
        assertRefused(folder, "config.json is not valid JSON (line 1, column");
    }

    @Test
    void filesOfOtherKindsAreRefused() throws IOException {
        Path zip = Files.write(folder.resolve("m.pth"), new byte[] {'P', 'K', 3, 4, 0, 0});
        assertRefused(zip, "cannot be read as a zip");
        Path text = Files.writeString(folder.resolve("m.txt"), "hello");
        assertRefused(text, "it begins neither as a safetensors file nor as GGUF, ONNX or a file of torch.save");
        Path empty = Files.writeString(folder.resolve("m.safetensors"), "");
        assertRefused(empty, "it has 0 bytes");
        Path emptyOnnx = Files.writeString(folder.resolve("m.onnx"), "");
        assertRefused(emptyOnnx, "it has no graph");
    }

    @Test
    void theOldestNamesOfNormsAreReadAsTheNewOnes() {
        byte[] one = {0, 0, (byte) 0x80, 0x3f};
        String header = "{\"bert.LayerNorm.beta\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
                + "\"bert.LayerNorm.gamma\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]},"
                + "\"x\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[8,8]}}";
        WholeFile.write(folder.resolve("config.json"), false, Json.pretty(Json.object()));
        WholeFile.write(folder.resolve("model.safetensors"), false, channel -> {
            ByteBuffer length =
                    ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(header.length());
            WholeFile.writeAll(channel, length.flip());
            WholeFile.writeAll(channel, ByteBuffer.wrap(header.getBytes(StandardCharsets.UTF_8)));
            WholeFile.writeAll(channel, ByteBuffer.wrap(one));
            WholeFile.writeAll(channel, ByteBuffer.wrap(one));
        });
        try (Checkpoint checkpoint = Checkpoint.open(folder)) {
            assertThat(checkpoint.weights().names())
                    .containsExactly("bert.LayerNorm.bias", "bert.LayerNorm.weight", "x");
        }
    }

    @Test
    void aChatTemplateComesFromAnyOfItsPlaces() {
        assertThat(template(Map.of())).isEmpty();
        assertThat(template(Map.of("tokenizer_config.json", "{\"chat_template\": \"a\"}")))
                .isEqualTo("a");
        assertThat(template(Map.of("chat_template.json", "{\"chat_template\": \"b\"}")))
                .isEqualTo("b");
        assertThat(template(Map.of(
                        "chat_template.jinja", "c {{ x }}", "tokenizer_config.json", "{\"chat_template\": \"a\"}")))
                .isEqualTo("c {{ x }}");
        assertThat(template(Map.of(
                        "tokenizer_config.json",
                        "{\"chat_template\": [{\"name\": \"tool_use\", \"template\": \"t\"},"
                                + "{\"name\": \"default\", \"template\": \"d\"}]}")))
                .isEqualTo("d");
    }

    @Test
    void savingLoadingAndSavingGivesTheSameBytes() throws IOException {
        Path first = folder.resolve("first");
        Path second = folder.resolve("second");
        for (long shard : List.of(HfFolder.MAX_SHARD_BYTES, 20_000L)) {
            Conversion.run(
                    Conversion.Request.of(LLAMA, first).withMaxShardBytes(shard).withForce(true));
            Conversion.run(Conversion.Request.of(first, second)
                    .withMaxShardBytes(shard)
                    .withForce(true));
            Map<String, byte[]> a = contents(first);
            Map<String, byte[]> b = contents(second);
            assertThat(a.keySet()).isEqualTo(b.keySet()).contains("config.json");
            a.forEach((name, bytes) -> assertThat(bytes).as(name).isEqualTo(b.get(name)));
            try (Checkpoint original = Checkpoint.open(LLAMA);
                    Checkpoint saved = Checkpoint.open(second)) {
                assertThat(saved.config()).isEqualTo(original.config());
            }
            assertThat(CheckpointDiff.of(second, LLAMA).isEmpty()).isTrue();
        }
        // The second round wrote shards, and took the first one's single file away.
        assertThat(first.resolve("model.safetensors")).doesNotExist();
        assertThat(first.resolve("model.safetensors.index.json")).exists();
    }

    @Test
    void aFolderThatHoldsSomethingIsNotTouchedUnasked() throws IOException {
        Path target = Files.createDirectory(folder.resolve("target"));
        Path mine = Files.writeString(target.resolve("mine.txt"), "keep");
        assertThatThrownBy(() -> Conversion.run(Conversion.Request.of(BERT, target)))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("exists already and is not empty")
                .hasMessageContaining("--force");
        assertThat(contents(target)).containsOnlyKeys("mine.txt");
        Conversion.run(Conversion.Request.of(BERT, target).withForce(true));
        assertThat(mine).hasContent("keep");
        assertThat(contents(target)).containsOnlyKeys("mine.txt", "config.json", "model.safetensors");
    }

    @Test
    void aSafetensorsFileCanBeTheTarget() {
        Path target = folder.resolve("one.safetensors");
        Conversion.Result result = Conversion.run(Conversion.Request.of(LLAMA, target));
        assertThat(result.files()).isEmpty();
        assertThat(CheckpointDiff.of(target, LLAMA).isEmpty()).isTrue();
        assertThatThrownBy(() -> Conversion.run(Conversion.Request.of(LLAMA, folder.resolve("x.onnx"))))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("written as a Hugging Face folder, as one .safetensors file, or as .gguf");
    }

    private String template(Map<String, String> files) {
        Map<String, SideFile> sideFiles = new TreeMap<>();
        files.forEach((name, text) -> sideFiles.put(name, SideFile.of(text.getBytes(StandardCharsets.UTF_8))));
        return new Checkpoint(
                        Format.HUGGING_FACE, WeightTable.of("test", List.of(), () -> {}), Json.object(), sideFiles)
                .chatTemplate()
                .orElse("");
    }

    private static Map<String, byte[]> contents(Path folder) throws IOException {
        Map<String, byte[]> contents = new TreeMap<>();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                contents.put(folder.relativize(file).toString(), Files.readAllBytes(file));
            }
        }
        return contents;
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
        }
    }

    private static void assertRefused(Path path, String... why) {
        assertThatThrownBy(() -> Checkpoint.open(path).close())
                .isInstanceOf(UserError.class)
                .hasMessageContainingAll(why);
    }
}
