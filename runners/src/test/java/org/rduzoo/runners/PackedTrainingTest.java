package org.rduzoo.runners;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.rduzoo.runners.CommandLine.line;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rduzoo.backend.json.Json;
import org.rduzoo.runners.CommandLine.Outcome;

/// From JSON lines by way of packed rows to a step: how articles are packed does not change what is learned of them.
class PackedTrainingTest {

    @TempDir
    Path folder;

    private Path tokenizer;

    @BeforeEach
    void articles() throws IOException {
        tokenizer = CommandLine.withTokenizer("bert", folder);
        Files.writeString(folder.resolve("articles.jsonl"), """
                {"prompt": "a cat", "completion": "sat on the mat"}
                {"prompt": "the dog", "completion": "sat"}
                {"prompt": "on the mat sat a", "completion": "cat a dog"}
                """);
    }

    /// The loss and the gradient's norm of one step over all articles.
    private List<Double> step(String packing, int rows, String more) throws IOException {
        Path data = folder.resolve("data-" + rows);
        Outcome prepared = line(
                "prepare-data --force --input-path %s --output-path %s --pretrained-tokenizer %s --max-seq-length 32 --num-training-splits 1 --input-packing-config %s"
                        .formatted(folder.resolve("articles.jsonl"), data, tokenizer, packing),
                "--special-tokens-dict",
                "{\"eos_token\": \"[SEP]\"}");
        assertThat(prepared.status()).as(prepared.err()).isZero();
        Path out = folder.resolve("out-" + rows);
        Outcome trained =
                line("run llama --precision fp32 --force --checkpoint %s --data %s --output %s --steps 1 -b %d%s"
                        .formatted(CommandLine.tiny("llama"), data, out, rows, more));
        assertThat(trained.status()).as(trained.err()).isZero();
        Map<?, ?> row = (Map<?, ?>) Json.parse(Files.readAllBytes(out.resolve("metrics.jsonl")));
        return List.of(number(row, "loss"), number(row, "grad_norm"));
    }

    private static double number(Map<?, ?> row, String name) {
        return row.get(name) instanceof Double number ? number : Double.NaN;
    }

    @Test
    void articlesInOneRowDoNotAttendToEachOther() throws IOException {
        List<Double> together = step("greedy::drop", 1, "");
        List<Double> apart = step("single::drop", 3, "");
        assertThat(together.get(0)).isCloseTo(apart.get(0), within(1e-5));
        assertThat(together.get(1)).isCloseTo(apart.get(1), within(1e-4));
    }

    @Test
    void promptsCountAsMuchAsIsSaid() throws IOException {
        double all = step("single::drop", 3, "").getFirst();
        double completions = step("single::drop", 3, " --prompt-loss-weight 0").getFirst();
        double half = step("single::drop", 3, " --prompt-loss-weight 0.5").getFirst();
        // Articles have 1, 1 and 4 tokens of prompts that are predicted, and 5, 2 and 4 of completions.
        double prompts = (17 * all - 11 * completions) / 6;
        assertThat(half).isCloseTo((0.5 * 6 * prompts + 11 * completions) / (0.5 * 6 + 11), within(1e-5));
        assertThat(completions).isNotCloseTo(all, within(1e-3));
    }

    @Test
    void whatIsTrainedOnIsNotEvaluatedOn() throws IOException {
        step("single::drop", 3, "");
        String run = "run llama --checkpoint %s --data %s --output %s --eval-data "
                .formatted(CommandLine.tiny("llama"), folder.resolve("data-3"), folder.resolve("out"));
        assertThat(line(run + folder.resolve("data-3/train_1_of_1.hdf5")).err()).contains("what is trained on");
        assertThat(line(run + folder.resolve("data-3")).err()).contains("no dev_1_of_n.hdf5");
    }

    @Test
    void aWeightOfPromptsThatIsNoneIsRefused() {
        String line = "run llama --checkpoint %s --data %s --output %s"
                .formatted(CommandLine.tiny("llama"), folder, folder.resolve("out"));
        assertThat(line(line + " --prompt-loss-weight 1.5").err()).contains("from 0 to 1");
        Outcome encoder = line("run bert --checkpoint %s --data %s --output %s --prompt-loss-weight 0.5"
                .formatted(tokenizer, folder.resolve("articles.jsonl"), folder.resolve("out")));
        assertThat(encoder.status()).isEqualTo(2);
        assertThat(encoder.err()).contains("is for decoders");
    }
}
