package org.rduzoo.checkpoint.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.rduzoo.samba.UserError;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

class TokenizerFilesTest {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    /// Names a folder with real checkpoints and their answers; without it, one beside the project is looked
    /// for.
    private static final String SHARED = "rdu.shared";

    @TempDir
    Path folder;

    @BeforeAll
    static void stayOffline() {
        System.setProperty("ai.djl.offline", "true");
    }

    @Test
    void aByteLevelVocabularyReadsTextAsItsMergesSay() throws IOException {
        GgufBuilder b = byteLevel("smollm");
        try (HuggingFaceTokenizer t = tokenizer(b)) {
            assertThat(tokens(t, "the the", false)).containsExactly("the", "Ġthe");
            assertThat(tokens(t, "th 1234", false)).containsExactly("th", "Ġ", "1", "2", "3", "4");
            assertThat(tokens(t, "<|im_start|>the<|im_end|>", false))
                    .containsExactly("<|im_start|>", "the", "<|im_end|>");
            assertThat(t.decode(t.encode("the é🙂", false, false).getIds())).isEqualTo("the é🙂");
            assertThat(tokens(t, "the", true)).containsExactly("the");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "gpt-2          | ab 1234 cd   | ab,Ġ1234,Ġcd",
                "default        | it's         | it,'s",
                "smollm         | ab 1234      | ab,Ġ,1,2,3,4",
                "llama-bpe      | ab 1234      | ab,Ġ,123,4",
                "qwen2          | ab 12        | ab,Ġ,1,2",
                "tekken         | abCd 12      | ab,Cd,Ġ,1,2",
                "deepseek-coder | a b.12       | a,Ġb,.,1,2",
                "falcon         | a+1234       | a,+,123,4",
            })
    void eachNamedPreTokenizerCutsInItsOwnWay(String name, String text, String pieces) throws IOException {
        // Every piece is a token and no merge leads there, so what is cut is seen where words that are tokens count
        // whole.
        List<String> wanted = List.of(pieces.split(","));
        GgufBuilder b = GgufBuilder.llama().text("tokenizer.ggml.model", "gpt2").text("tokenizer.ggml.pre", name);
        List<String> vocabulary = new ArrayList<>(bytes());
        wanted.stream().filter(w -> !vocabulary.contains(w)).distinct().forEach(vocabulary::add);
        b.texts("tokenizer.ggml.tokens", vocabulary).texts("tokenizer.ggml.merges", List.of());
        JsonNode json = JSON.readTree(files(b).get("tokenizer.json"));
        ((ObjectNode) json.get("model")).put("ignore_merges", true);
        try (HuggingFaceTokenizer t = open(json.toString())) {
            assertThat(tokens(t, text, false)).containsExactlyElementsOf(wanted);
        }
    }

    @Test
    void aSentencePieceVocabularyMergesByScore() throws IOException {
        List<String> tokens = new ArrayList<>(List.of("<unk>", "<s>", "</s>"));
        List<Integer> types = new ArrayList<>(List.of(2, 3, 3));
        for (int i = 0; i < 256; i++) {
            tokens.add(String.format("<0x%02X>", i));
            types.add(6);
        }
        List<String> pieces = List.of("▁t", "he", "▁the", "▁a", "ab", "bc", "abc", "▁", "t", "h", "e", "a", "b", "c");
        tokens.addAll(pieces);
        pieces.forEach(p -> types.add(1));
        tokens.add("[turn]");
        types.add(4);
        float[] scores = new float[tokens.size()];
        for (int i = 259; i < scores.length; i++) {
            scores[i] = 259 - i;
        }
        GgufBuilder b = GgufBuilder.llama()
                .text("tokenizer.ggml.model", "llama")
                .texts("tokenizer.ggml.tokens", tokens)
                .f32s("tokenizer.ggml.scores", scores)
                .i32s(
                        "tokenizer.ggml.token_type",
                        types.stream().mapToInt(i -> i).toArray())
                .u32("tokenizer.ggml.bos_token_id", 1)
                .u32("tokenizer.ggml.eos_token_id", 2);
        try (HuggingFaceTokenizer t = tokenizer(b)) {
            assertThat(tokens(t, "the abc", true)).containsExactly("<s>", "▁the", "▁a", "bc");
            assertThat(tokens(t, "abc", false)).containsExactly("▁a", "bc");
            assertThat(tokens(t, "é", false)).containsExactly("▁", "<0xC3>", "<0xA9>");
            assertThat(tokens(t, "the</s>the[turn]", false)).containsExactly("▁the", "</s>", "▁the", "[turn]");
            assertThat(t.decode(t.encode("the é🙂 abc", false, false).getIds())).isEqualTo("the é🙂 abc");
        }
        JsonNode config = JSON.readTree(files(b).get("tokenizer_config.json"));
        assertThat(config.get("add_bos_token").booleanValue()).isTrue();
        assertThat(config.get("unk_token").asString()).isEqualTo("<unk>");
        try (HuggingFaceTokenizer t = tokenizer(b.bool("tokenizer.ggml.add_space_prefix", false)
                .bool("tokenizer.ggml.add_bos_token", false)
                .bool("tokenizer.ggml.add_eos_token", true))) {
            assertThat(tokens(t, "abc", true)).containsExactly("abc", "</s>");
        }
    }

    @Test
    void specialTokensAndTemplatesGoIntoTheirFiles() throws IOException {
        GgufBuilder b = byteLevel("llama-bpe").text("tokenizer.chat_template", "{{ '<|im_end|>' }}");
        Map<String, String> files = files(b);
        assertThat(files).containsOnlyKeys("tokenizer.json", "tokenizer_config.json", "generation_config.json");
        JsonNode config = JSON.readTree(files.get("tokenizer_config.json"));
        assertThat(config.get("chat_template").asString()).isEqualTo("{{ '<|im_end|>' }}");
        assertThat(config.get("bos_token").asString()).isEqualTo("<|endoftext|>");
        assertThat(config.get("add_bos_token").booleanValue()).isTrue();
        assertThat(config.get("added_tokens_decoder").get("1").get("special").booleanValue())
                .isTrue();
        JsonNode generation = JSON.readTree(files.get("generation_config.json"));
        assertThat(generation.toString()).isEqualTo("{\"bos_token_id\":0,\"eos_token_id\":[0,2]}");
        config = JSON.readTree(
                files(b.text("tokenizer.chat_template.tool_use", "T")).get("tokenizer_config.json"));
        assertThat(config.get("chat_template").toString())
                .isEqualTo("[{\"name\":\"default\",\"template\":\"{{ '<|im_end|>' }}\"},"
                        + "{\"name\":\"tool_use\",\"template\":\"T\"}]");
        try (HuggingFaceTokenizer t = tokenizer(b)) {
            assertThat(tokens(t, "the", true)).containsExactly("<|endoftext|>", "the");
        }
    }

    @Test
    void aVocabularyThatIsNotKnownOrContradictsItselfIsRefused() {
        refused(byteLevel("something-new"), "something-new", "llama-bpe");
        refused(GgufBuilder.llama().text("tokenizer.ggml.model", "t5"), "t5");
        refused(GgufBuilder.llama().text("tokenizer.ggml.model", "gpt2"), "tokenizer.ggml.tokens");
        GgufBuilder twice = GgufBuilder.llama().text("tokenizer.ggml.model", "gpt2");
        refused(twice.texts("tokenizer.ggml.tokens", List.of("a", "a")), "a at 0 and 1");
        GgufBuilder merge = GgufBuilder.llama().text("tokenizer.ggml.model", "gpt2");
        merge.texts("tokenizer.ggml.tokens", List.of("a", "b")).texts("tokenizer.ggml.merges", List.of("a b"));
        refused(merge, "\"a b\" as merge 0");
        GgufBuilder bos =
                GgufBuilder.llama().text("tokenizer.ggml.model", "gpt2").u32("tokenizer.ggml.bos_token_id", 9);
        refused(bos.texts("tokenizer.ggml.tokens", List.of("a")), "bos_token_id", "found 9");
        GgufBuilder scores = GgufBuilder.llama().text("tokenizer.ggml.model", "llama");
        refused(scores.texts("tokenizer.ggml.tokens", List.of("a", "b", "c")), "tokenizer.ggml.scores");
        GgufBuilder types = GgufBuilder.llama().text("tokenizer.ggml.model", "gpt2");
        refused(
                types.texts("tokenizer.ggml.tokens", List.of("a")).i32s("tokenizer.ggml.token_type", 9),
                "9 for token 0");
    }

    @Test
    void aFileWithoutAVocabularyHasNoTokenizerFiles() {
        assertThat(files(GgufBuilder.llama())).isEmpty();
        assertThat(files(GgufBuilder.llama().text("tokenizer.ggml.model", "none")))
                .isEmpty();
    }

    @Test
    void smolLm2sIdsAreThoseOfTheOriginalTokenizer() throws IOException {
        Path shared = Path.of(System.getProperty(SHARED, "../../shared"));
        Path file = shared.resolve("checkpoints/smollm2-135m-instruct/SmolLM2-135M-Instruct.Q4_1.gguf");
        Path answers = shared.resolve("goldens/real/smollm2.json");
        assumeTrue(
                Files.exists(file) && Files.exists(answers),
                () -> "extra test: needs " + file + " and " + answers + "; name their folder with -D" + SHARED);
        JsonNode expected = JSON.readTree(answers);
        try (GgufCheckpoint checkpoint = GgufCheckpoint.open(file);
                HuggingFaceTokenizer t = open(checkpoint.files().get("tokenizer.json"))) {
            List<JsonNode> rows = new ArrayList<>(List.of(expected.get("passage")));
            expected.get("prompts").forEach(rows::add);
            for (JsonNode row : rows) {
                long[] ids = t.encode(row.get("text").asString(), false, false).getIds();
                assertThat(ids)
                        .isEqualTo(row.get("input_ids")
                                .valueStream()
                                .mapToLong(JsonNode::longValue)
                                .toArray());
                assertThat(t.decode(ids, false)).isEqualTo(row.get("text").asString());
            }
            assertThat(JSON.readTree(checkpoint.files().get("generation_config.json"))
                            .get("eos_token_id")
                            .intValue())
                    .isEqualTo(2);
        }
    }

    private static GgufBuilder byteLevel(String pre) {
        List<String> tokens = new ArrayList<>(List.of("<|endoftext|>", "<|im_start|>", "<|im_end|>"));
        tokens.addAll(bytes());
        tokens.addAll(List.of("th", "the", "Ġthe", "Ġt"));
        int[] types = IntStream.range(0, tokens.size()).map(i -> i < 3 ? 3 : 1).toArray();
        return GgufBuilder.llama()
                .text("tokenizer.ggml.model", "gpt2")
                .text("tokenizer.ggml.pre", pre)
                .texts("tokenizer.ggml.tokens", tokens)
                .i32s("tokenizer.ggml.token_type", types)
                .texts("tokenizer.ggml.merges", List.of("t h", "th e", "Ġ the"))
                .u32("tokenizer.ggml.bos_token_id", 0)
                .u32("tokenizer.ggml.eos_token_id", 0);
    }

    /// The characters that stand for the 256 bytes in a byte-level vocabulary.
    private static List<String> bytes() {
        List<String> characters = new ArrayList<>();
        int next = 256;
        for (int b = 0; b < 256; b++) {
            boolean printable = (b >= '!' && b <= '~') || (b >= 0xa1 && b <= 0xac) || b >= 0xae;
            characters.add(Character.toString(printable ? b : next++));
        }
        return characters;
    }

    private Map<String, String> files(GgufBuilder builder) {
        try (GgufFile file = GgufFile.open(builder.write(folder.resolve("vocabulary.gguf")))) {
            return GgufVocabulary.of(file).map(v -> v.files(64)).orElse(Map.of());
        }
    }

    private HuggingFaceTokenizer tokenizer(GgufBuilder builder) throws IOException {
        return open(files(builder).get("tokenizer.json"));
    }

    private HuggingFaceTokenizer open(@Nullable String json) throws IOException {
        Path file = Files.write(
                folder.resolve("tokenizer.json"), String.valueOf(json).getBytes(StandardCharsets.UTF_8));
        return HuggingFaceTokenizer.newInstance(file, Map.of("truncation", "do_not_truncate", "padding", "do_not_pad"));
    }

    private static List<String> tokens(HuggingFaceTokenizer t, String text, boolean special) {
        return List.of(t.encode(text, special, false).getTokens());
    }

    private void refused(GgufBuilder builder, String... said) {
        assertThatThrownBy(() -> files(builder)).isInstanceOf(UserError.class).hasMessageContainingAll(said);
    }
}
