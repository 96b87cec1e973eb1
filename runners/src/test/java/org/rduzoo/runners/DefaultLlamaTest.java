package org.rduzoo.runners;

import static org.assertj.core.api.Assertions.assertThat;
import static org.rduzoo.runners.CommandLine.line;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rduzoo.backend.json.Json;
import org.rduzoo.runners.CommandLine.Outcome;

/// The checkpoint that Llama comes with.
class DefaultLlamaTest {

    private static final int CASES = 48;

    @TempDir
    Path folder;

    @Test
    void itIsTakenWhereNoneIsNamed() {
        Outcome outcome = line("run llama --inference", "--prompt", "sort m q a z d f :");
        assertThat(outcome.status()).as(outcome.err()).isZero();
        assertThat(outcome.out().strip()).isEqualTo("a d f m q z");
    }

    /// The examples are those that it was trained on, and what is held out shares no run of eight words with them.
    @Test
    void itContinuesPromptsUnlikeAllThatItLearnedByTheRulesOfTheirLanguage() throws IOException {
        Outcome generated = line("generate-data lists --json --output-path " + folder.resolve("lists"));
        assertThat(generated.out()).contains("\"shared_runs_of_8\": 0,");
        Path few = folder.resolve("few.jsonl");
        Files.write(
                few, Files.readAllLines(folder.resolve("lists/held-out.jsonl")).subList(0, CASES));
        Outcome outcome = line("run llama --inference --json --eval-data " + few);
        assertThat(outcome.status()).as(outcome.err()).isZero();
        Map<?, ?> json = (Map<?, ?>) Json.parse(outcome.out().getBytes(StandardCharsets.UTF_8));
        Map<?, ?> eval = (Map<?, ?>) Objects.requireNonNull(json.get("eval"));
        assertThat(eval.get("cases")).isEqualTo((long) CASES);
        assertThat((Double) eval.get("accuracy")).isGreaterThanOrEqualTo(0.95);
    }

    @Test
    void aContinuationThatIsNotAsItShouldBeIsShown() throws IOException {
        Path wrong = folder.resolve("wrong.jsonl");
        Files.writeString(wrong, """
                {"prompt": "sort m q a z d f :", "completion": "a d f m q z"}
                {"prompt": "sort m q a z d f :", "completion": "z q m f d a"}
                """);
        Outcome outcome = line("run llama --inference --eval-data " + wrong);
        assertThat(outcome.out())
                .containsPattern("right +1")
                .containsPattern("accuracy +0.5")
                .contains("z q m f d a");
        Files.writeString(wrong, "{\"prompt\": \"sort m :\"}\n");
        assertThat(line("run llama --inference --eval-data " + wrong).err()).contains("line 1: expected");
    }
}
