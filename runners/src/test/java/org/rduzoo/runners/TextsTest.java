package org.rduzoo.runners;

import static org.assertj.core.api.Assertions.assertThat;
import static org.rduzoo.runners.CommandLine.line;
import static org.rduzoo.runners.CommandLine.withTokenizer;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.rduzoo.runners.CommandLine.Outcome;

/// Texts through the tiny checkpoints.
class TextsTest {

    @TempDir
    Path folder;

    private Outcome bert(String options, String... more) throws IOException {
        Path checkpoint =
                Files.isDirectory(folder.resolve("bert")) ? folder.resolve("bert") : withTokenizer("bert", folder);
        return line("run bert --inference --precision=fp32 --checkpoint " + checkpoint + options, more);
    }

    private Outcome input(byte[] content) throws IOException {
        return bert(" --json --input " + Files.write(folder.resolve("texts.txt"), content));
    }

    @Test
    void aFileHasATextALineHoweverItsLinesEnd() throws IOException {
        Outcome outcome = input("\ufeffthe cat\r\n\r\nthe dog 猫 🐈\nmat".getBytes(StandardCharsets.UTF_8));
        assertThat(outcome.status()).as(outcome.err()).isZero();
        assertThat(outcome.out()).contains("\"texts\": [\"the cat\", \"\", \"the dog 猫 \\ud83d\\udc08\", \"mat\"]");
    }

    @Test
    void aFileThatCannotBeReadIsSaidToBeSo() throws IOException {
        assertThat(input(new byte[] {'a', (byte) 0xe4, '\n'}).err()).contains("texts.txt is not in UTF-8.");
        assertThat(input(new byte[0]).err()).contains("texts.txt holds no line.");
        assertThat(bert(" --input nowhere.txt").err()).contains("nowhere.txt does not exist.");
        assertThat(bert(" --input " + folder).err()).contains(folder + " cannot be read");
    }

    @Test
    void aTextOverTheLimitIsCutWithAWarning() throws IOException {
        Outcome outcome = bert(" --max-seq-length 8 --text", "the cat sat on the mat on the cat");
        assertThat(outcome.status()).isZero();
        assertThat(outcome.err()).contains("warning: text 1 has 11 tokens and is cut to 8.");
    }

    @Test
    void aClassificationHeadScoresItsLabels() throws IOException {
        Path checkpoint = withTokenizer("bert-classify", folder);
        Outcome outcome = line("run bert --inference --checkpoint " + checkpoint + " --text", "the cat sat");
        assertThat(outcome.status()).as(outcome.err()).isZero();
        assertThat(outcome.out()).startsWith("\"the cat sat\"\n  0.").contains("LABEL_0", "LABEL_1", "LABEL_2");
        Outcome json = line("run bert --inference --json --checkpoint " + checkpoint + " --text cat");
        assertThat(json.out()).contains("\"labels\": [", "\"LABEL_2\": 0.");
    }

    @Test
    void aMaskedLanguageModelFillsEachMask() throws IOException {
        Path checkpoint = withTokenizer("bert-mlm", folder);
        Outcome outcome = line(
                "run bert --inference --checkpoint " + checkpoint + " --text mat --text", "the [MASK] sat on [MASK]");
        assertThat(outcome.status()).as(outcome.err()).isZero();
        assertThat(outcome.out()).contains("\"mat\"  has nothing masked", "at token 2\n", "at token 5\n");
        Outcome json = line("run bert --inference --json --checkpoint " + checkpoint + " --text [MASK]");
        assertThat(json.out()).contains("\"masks\": [", "\"position\": 1", "\"probability\": 0.");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                // without files of a sentence model, with them, and against what they say
                "-      | -         |                                 | mean | false",
                "mean   | -         |                                 | mean | true",
                "cls    | -         |                                 | cls  | true",
                "mean   | Normalize |                                 | mean | true",
                "cls    | Dropout   |                                 | -    | Dropout",
                "mean   | Pooling   |                                 | mean | false",
                "max    | -         |                                 | -    | pooling_mode_max_tokens",
                "mean   | Normalize |  --pooling cls --normalize=false| cls  | false",
            })
    void poolingIsWhatTheFilesOfASentenceModelSay(
            String mode, String module, String options, String pooling, String normalize) throws IOException {
        Path checkpoint = withTokenizer("bert", folder);
        if (!mode.equals("-")) {
            String token = mode.equals("cls") ? "_token" : "_tokens";
            Files.createDirectory(checkpoint.resolve("1_Pooling"));
            Files.writeString(
                    checkpoint.resolve("1_Pooling/config.json"),
                    "{\"word_embedding_dimension\": 32, \"pooling_mode_%s%s\": true}".formatted(mode, token));
        }
        if (!module.equals("-")) {
            Files.writeString(checkpoint.resolve("modules.json"), """
                    [{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
                     {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
                     {"idx": 2, "name": "2", "path": "2_%s", "type": "sentence_transformers.models.%s"}]
                    """.formatted(module, module));
        }
        String more = options == null ? "" : " " + options.strip();
        Outcome outcome = line("describe bert --json --checkpoint " + checkpoint + more);
        if (pooling.equals("-")) {
            assertThat(outcome.status()).isEqualTo(1);
            assertThat(outcome.err()).contains(normalize + ", which is not supported");
        } else {
            assertThat(outcome.out())
                    .contains("\"option\": \"--pooling\", \"values\": \"mean, cls, none\", \"default\": \"%s\""
                            .formatted(pooling))
                    .contains("\"option\": \"--normalize\", \"values\": \"true, false\", \"default\": \"%s\""
                            .formatted(normalize));
        }
    }

    @Test
    void eachLevelOfTheCompilerIsDumped() throws IOException {
        Path dump = folder.resolve("dump");
        Outcome outcome = bert(" --text cat --dump-ir " + dump);
        assertThat(outcome.status()).as(outcome.err()).isZero();
        try (Stream<Path> files = Files.walk(dump)) {
            assertThat(files.map(f -> f.getFileName().toString()))
                    .anyMatch(f -> f.contains("traced"))
                    .anyMatch(f -> f.contains("precision"))
                    .anyMatch(f -> f.contains("sections"));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "hiden_size= | there is no key hiden_size to set: neither",
                "hiden_size= | Did you mean hidden_size?",
                "hiden_size=null | Did you mean hidden_size?",
                "hiden_size=0 | Did you mean hidden_size?",
                "hiden_size=64 | Did you mean hidden_size?",
                "fp32_lm=true | there is no key fp32_lm to set. Did you mean fp32_ln?",
            })
    void aKeyThatTheModelDoesNotHaveCannotBeSet(String set, String message) throws IOException {
        Outcome outcome = bert(" --text cat --set " + set);
        assertThat(outcome.status()).isEqualTo(1);
        assertThat(outcome.err()).contains(message);
    }

    @Test
    void numbersThatAreNoneAreNullInJson() throws IOException {
        Path checkpoint = withTokenizer("bert", folder);
        try (RandomAccessFile weights =
                new RandomAccessFile(checkpoint.resolve("model.safetensors").toFile(), "rw")) {
            // The first number of the first tensor, which is one of the embeddings', becomes an infinity.
            weights.seek(8 + Long.reverseBytes(weights.readLong()));
            weights.write(new byte[] {0, 0, (byte) 0x80, 0x7f});
        }
        Outcome outcome = bert(" --json --text cat --text dog");
        assertThat(outcome.status()).as(outcome.err()).isZero();
        assertThat(outcome.out()).contains("null").doesNotContain("NaN", "Infinity");
    }
}
