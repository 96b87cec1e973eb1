package org.rduzoo.runners;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rduzoo.runners.data.ByteTokenizer;
import org.rduzoo.runners.data.PackedHdf5;

/// The command as a whole, with a small tokenizer of our own.
class PrepareDataTest {

    @TempDir
    Path folder;

    private Path tokenizer = Path.of("");
    private Path input = Path.of("");
    private Path output = Path.of("");

    private record Outcome(int status, String out, String err) {}

    @BeforeEach
    void writeInput() throws IOException {
        tokenizer = ByteTokenizer.write(folder.resolve("tokenizer"), "gpt2-");
        output = folder.resolve("data");
        input = folder.resolve("in.jsonl");
        Files.writeString(
                input,
                IntStream.range(0, 12)
                        .mapToObj(i -> "{\"prompt\": \"the %d\", \"completion\": \"ok %d\"}\n".formatted(i, i * i))
                        .collect(Collectors.joining()));
    }

    private Outcome prepare(String... more) {
        List<String> words = new ArrayList<>(List.of(
                "prepare-data",
                "--input-path=" + input,
                "--output-path=" + output,
                "--pretrained-tokenizer=" + tokenizer,
                "--max-seq-length=16"));
        words.addAll(Arrays.asList(more));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int status = Main.run(
                words.toArray(String[]::new),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
        return new Outcome(status, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    private List<String> files() throws IOException {
        try (Stream<Path> all = Files.walk(output)) {
            return all.filter(Files::isRegularFile)
                    .map(p -> output.relativize(p).toString())
                    .sorted()
                    .toList();
        }
    }

    @Test
    void aDataSetHasTheFilesOfSambaNovasTool() throws IOException {
        Outcome outcome =
                prepare("--num-training-splits=2", "--num-dev-splits=1", "--num-test-splits=1", "--keep-split-jsonls");
        assertThat(outcome.status()).as(outcome.err()).isZero();
        assertThat(outcome.out()).contains("Train Metrics", "Articles                    6", "Dev Metrics");
        assertThat(files())
                .containsExactly(
                        "dev_1_of_1.hdf5",
                        "logs.log",
                        "metadata.yaml",
                        "sha256/files_metadata.json",
                        "splits/dev_1_of_1.jsonl",
                        "splits/train_1_of_2.jsonl",
                        "splits/train_2_of_2.jsonl",
                        "test/test_1_of_1.jsonl",
                        "tokenizer/config.json",
                        "tokenizer/merges.txt",
                        "tokenizer/tokenizer.json",
                        "tokenizer/tokenizer_config.json",
                        "tokenizer/vocab.json",
                        "train_1_of_2.hdf5",
                        "train_2_of_2.hdf5");
        assertThat(output.resolve("metadata.yaml")).hasContent("""
                        max_batch_size_dev: 2
                        max_batch_size_train: 2
                        max_seq_length: 16
                        number_of_dev_files: 1
                        number_of_test_files: 1
                        number_of_training_files: 2
                        token_type_ids: true
                        tokenizer_model_type: <class 'transformers.models.gpt2.configuration_gpt2.GPT2Config'>
                        vocab_size: 99
                        """);
        assertThat(Files.readString(output.resolve("test/test_1_of_1.jsonl")).lines())
                .hasSize(3)
                .first()
                .asString()
                .contains("the 2");
        assertThat(Files.readString(output.resolve("sha256/files_metadata.json")))
                .contains("\"train_1_of_2.hdf5\"", "\"tokenizer_vocab.json\"", "\"modified_time\"")
                .doesNotContain("logs.log");
    }

    @Test
    void textBecomesTokensOfTheGivenVocabulary() throws IOException {
        assertThat(prepare("--num-training-splits=1", "--input-packing-config=single::drop")
                        .status())
                .isZero();
        try (PackedHdf5 rows = PackedHdf5.open(output.resolve("train_1_of_1.hdf5"))) {
            int[] ids = new int[16];
            byte[] types = new byte[16];
            rows.read(3, ids, types, 0);
            assertThat(rows.count()).isEqualTo(12);
            // the, space, 3; space, o, k, space, 9, end; then padding.
            assertThat(ids).startsWith(96, 94, '3' - '!', 94, 'o' - '!', 'k' - '!', 94, '9' - '!', 98, 98);
            assertThat(types).containsExactly(0, 0, 0, 1, 1, 1, 1, 1, 3, 2, 2, 2, 2, 2, 2, 2);
        }
    }

    @Test
    void plainTextAndSpecialTokensWork() throws IOException {
        input = Files.writeString(folder.resolve("in.txt"), "the [X]\nthe\n");
        Outcome outcome = prepare("--num-training-splits=1", "--special-tokens-dict={'sep_token': '[X]'}");
        assertThat(outcome.status()).as(outcome.err()).isZero();
        try (PackedHdf5 rows = PackedHdf5.open(output.resolve("train_1_of_1.hdf5"))) {
            int[] ids = new int[16];
            rows.read(0, ids, new byte[16], 0);
            assertThat(ids).startsWith(96, 94, 99, 97, 98, 96, 97, 98, 98);
        }
        assertThat(Files.readString(output.resolve("tokenizer/tokenizer_config.json")))
                .contains("\"sep_token\": \"[X]\"");
    }

    @Test
    void nothingIsOverwrittenWithoutForce() throws IOException {
        assertThat(prepare("--num-training-splits=4").status()).isZero();
        Files.writeString(output.resolve("mine.txt"), "keep");
        Outcome again = prepare("--num-training-splits=2");
        assertThat(again.status()).isEqualTo(1);
        assertThat(again.err()).contains("--force");
        assertThat(files()).contains("train_4_of_4.hdf5", "mine.txt");
        assertThat(prepare("--num-training-splits=2", "--force").status()).isZero();
        assertThat(files()).contains("train_2_of_2.hdf5", "mine.txt").doesNotContain("train_4_of_4.hdf5");
    }

    @Test
    void aBadLineIsNamedAndLeavesNothingBehind() throws IOException {
        Files.writeString(input, "{\"prompt\": \"a\", \"completion\": \"b\"}\n\n{\"prompt\": \"a\"\n");
        Outcome outcome = prepare("--num-training-splits=1");
        assertThat(outcome.status()).isEqualTo(1);
        assertThat(outcome.err())
                .contains(input + ", line 3 is not valid JSON (column ", "--ignore-input-format-error");
        try (Stream<Path> all = Files.list(folder)) {
            assertThat(all.map(p -> p.getFileName().toString())).containsExactlyInAnyOrder("in.jsonl", "tokenizer");
        }
        Outcome passedOver = prepare("--num-training-splits=1", "--ignore-input-format-error", "--json");
        assertThat(passedOver.status()).isZero();
        assertThat(passedOver.out()).contains("\"skipped_lines\": 1", "\"train_1_of_1.hdf5\": 1");
        assertThat(output.resolve("json_load_failed_lines.log")).hasContent("{\"prompt\": \"a\"\n");
    }

    @Test
    void workersAndRunsDoNotChangeWhatComesOut() throws IOException {
        assertThat(prepare("--shuffle=on_RAM", "--seed=3", "--num-training-splits=3", "--num-workers=1")
                        .status())
                .isZero();
        byte[] one = Files.readAllBytes(output.resolve("train_2_of_3.hdf5"));
        assertThat(prepare("--shuffle=on_RAM", "--seed=3", "--num-training-splits=3", "--num-workers=3", "--force")
                        .status())
                .isZero();
        assertThat(Files.readAllBytes(output.resolve("train_2_of_3.hdf5"))).isEqualTo(one);
    }

    @Test
    void wrongUsageIsExplained() {
        assertThat(prepare("--num-dev-splits=1").status()).isEqualTo(2);
        assertThat(prepare("--dev-ratio=1.5").err()).contains("--dev-ratio is \"1.5\"");
        assertThat(prepare("--input-packing-config=greedy").err()).contains("greedy::drop");
        assertThat(prepare("--num-training-splits=50").err()).contains("12 lines are too few for 50 files");
        tokenizer = folder;
        assertThat(prepare().err()).contains("has neither tokenizer.json nor vocab.json with merges.txt");
    }
}
