package org.rduzoo.runners;

import static org.assertj.core.api.Assertions.assertThat;
import static org.rduzoo.runners.CommandLine.line;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.rduzoo.runners.CommandLine.Outcome;

/// Data that programs write, from the command line.
class GenerateDataTest {

    @TempDir
    Path folder;

    private Outcome generate(String kind, String to, String more) {
        return line("generate-data %s --examples 40 --output-path %s%s".formatted(kind, folder.resolve(to), more));
    }

    @ParameterizedTest
    @ValueSource(strings = {"lists", "orders", "roles"})
    void aSeedAlwaysGivesTheSameAndAnotherSomethingElse(String kind) throws IOException {
        assertThat(generate(kind, "a", "").status()).isZero();
        assertThat(generate(kind, "b", " --seed 256").status()).isZero();
        assertThat(generate(kind, "c", " --seed 257").status()).isZero();
        for (String file : new String[] {"train.jsonl", "held-out.jsonl"}) {
            Path a = folder.resolve("a").resolve(file);
            assertThat(a).hasSameTextualContentAs(folder.resolve("b").resolve(file));
            assertThat(Files.mismatch(a, folder.resolve("c").resolve(file))).isNotEqualTo(-1);
        }
        assertThat(Files.readAllLines(folder.resolve("a/train.jsonl"))).hasSize(40);
    }

    @Test
    void nothingIsReplacedUnaskedAndKindsAreNamed() {
        assertThat(generate("orders", "a", "").status()).isZero();
        assertThat(generate("orders", "a", "").err()).contains("--force");
        assertThat(generate("orders", "a", " --force").status()).isZero();
        Outcome unknown = generate("order", "b", "");
        assertThat(unknown.status()).isEqualTo(2);
        assertThat(unknown.err()).contains("orders").contains("lists, orders, roles");
    }

    @Test
    void shapesAreImagesWithMasksThatTheModelOfTheZooFinds() throws IOException {
        Outcome made = generate("shapes", "a", " --json");
        assertThat(made.status()).as(made.err()).isZero();
        assertThat(made.out()).containsPattern("\"best_threshold_dice\": 0\\.[1-5]");
        generate("shapes", "b", " --seed 256");
        assertThat(folder.resolve("a/train/images/0039.png"))
                .hasSameBinaryContentAs(folder.resolve("b/train/images/0039.png"));
        Outcome found = line(
                "run unet --inference --input %1$s/held-out/images/0000.png --target %1$s/held-out/masks/0000.png --output %2$s --json"
                        .formatted(folder.resolve("a"), folder.resolve("found")));
        assertThat(found.status()).as(found.err()).isZero();
        assertThat(found.out()).containsPattern("\"dice\": 0\\.[89]");
        assertThat(folder.resolve("found/0000-overlay.png")).isNotEmptyFile();
    }

    @Test
    void listsComeWithAModelThatCanBeTrainedOnThem() {
        Outcome made = generate("lists", "lists", " --json");
        assertThat(made.out()).contains("\"shared_runs_of_8\": 0").contains("\"bigram_right\": 0");
        Outcome prepared = line(
                "prepare-data --input-path %1$s/train.jsonl --output-path %1$s/data --pretrained-tokenizer %1$s/model --max-seq-length 64 --num-training-splits 1"
                        .formatted(folder.resolve("lists")));
        assertThat(prepared.status()).as(prepared.err()).isZero();
        Outcome trained = line(
                "run llama --set num_hidden_layers=1 --checkpoint %1$s/model --data %1$s/data --output %1$s/out -b 1 --steps 1 --prompt-loss-weight 0"
                        .formatted(folder.resolve("lists")));
        assertThat(trained.status()).as(trained.err()).isZero();
    }
}
