package org.rduzoo.runners;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.rduzoo.backend.json.JsonObject;
import org.rduzoo.runners.CommandLine.Outcome;
import org.rduzoo.runners.ValidateTimingCommand.Guess;

class TimingTest {

    @TempDir
    Path folder;

    private static JsonObject json(String line) {
        Outcome outcome = CommandLine.line(line);
        assertThat(outcome.status()).as(outcome.err()).isZero();
        return JsonObject.parse(outcome.out().getBytes(StandardCharsets.UTF_8));
    }

    /// A folder with no more than a `config.json`.
    private Path config(String name) throws IOException {
        Files.writeString(
                folder.resolve("config.json"), TimingRows.all().configs().get(name));
        return folder;
    }

    @Test
    void theModelIsCloseToWhatWasMeasuredAsTheDocumentSays() throws IOException {
        TimingDocument document = (TimingDocument)
                new ValidateTimingCommand().run(Arguments.parse("validate-timing", List.of(), List.of()), console());
        List<Guess> models = document.guesses().stream()
                .filter(g -> !g.row().isOperator() && !g.row().isExact())
                .toList();
        List<Double> measured = models.stream().map(g -> g.row().measured()).toList();
        List<Double> predicted = models.stream().map(Guess::seconds).toList();
        assertThat(TimingStatistics.medianError(predicted, measured)).isLessThan(0.08);
        assertThat(TimingStatistics.rankCorrelation(predicted, measured)).isGreaterThan(0.95);
        assertThat(document.guesses().stream().filter(g -> g.row().isExact()))
                .isNotEmpty()
                .allSatisfy(g -> assertThat(g.error()).isCloseTo(0, within(0.01)));
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        document.print(new PrintStream(text, true, StandardCharsets.UTF_8));
        assertThat(text.toString(StandardCharsets.UTF_8))
                .as("./rdu validate-timing > docs/validation.md")
                .isEqualTo(Files.readString(Path.of("../docs/validation.md")));
    }

    private static Console console() {
        PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
        return new Console(nowhere, nowhere);
    }

    @Test
    void aRequestNeedsAConfigurationAlone() throws IOException {
        JsonObject found = json(
                "measure-performance llama --checkpoint " + config("Llama-3-8B")
                        + " --arch sn40 --n-chips 8 -b 1 --inference --prompt-length 256 --max-new-tokens 64 --predict-only --json");
        JsonObject predicted = found.object("predicted");
        assertThat(predicted.string("arch")).isEqualTo("sn40");
        assertThat(predicted.integer("n_chips")).isEqualTo(8);
        assertThat(predicted.members().get("validated")).isEqualTo(true);
        double seconds = predicted.number("seconds");
        assertThat(predicted.number("low_s")).isPositive().isLessThan(seconds);
        assertThat(predicted.number("high_s")).isGreaterThan(seconds);
        assertThat(predicted.number("time_to_first_token_s") + 63 * predicted.number("seconds_per_token"))
                .isCloseTo(seconds, within(1e-9));
    }

    @ParameterizedTest
    @CsvSource({"sn30 --num-tiles 4", "sn30 --num-tiles 8", "sn10", "sn40", "sn40 --n-chips 2 --tensor-parallel batch"})
    void aTrainingStepIsSlowerAnOperationASection(String chip) throws IOException {
        String command = "measure-performance gpt2 --checkpoint " + config("GPT-2 1600x1")
                + " -b 4 --max-seq-length 256 --predict-only --json --arch " + chip;
        JsonObject whole = json(command + " --o3").object("predicted");
        JsonObject patterns = json(command + " --o1").object("predicted");
        JsonObject single = json(command + " --o0").object("predicted");
        assertThat(whole.number("seconds")).isLessThanOrEqualTo(patterns.number("seconds"));
        assertThat(patterns.number("seconds")).isLessThan(single.number("seconds"));
        assertThat(whole.members().get("validated")).isEqualTo(chip.startsWith("sn30"));
    }

    @Test
    void moreTilesAreFasterAndWiderNumbersSlower() throws IOException {
        String command = "measure-performance gpt2 --checkpoint " + config("GPT-2 1600x1")
                + " -b 4 --max-seq-length 256 --predict-only --json --arch sn30 ";
        double few = json(command + "--num-tiles 2").object("predicted").number("seconds");
        double all = json(command + "--num-tiles 8").object("predicted").number("seconds");
        double wide = json(command + "--num-tiles 8 --precision fp32")
                .object("predicted")
                .number("seconds");
        assertThat(all).isLessThan(few).isLessThan(wide);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "gpt2 --max-seq-length 64 --n-chips 2",
                "gpt2 --max-seq-length 64 --arch sn10 --num-tiles 1 --o0",
                "unet --num-classes 2 --in-channels 3 --init-features 4 --in-width 64 --in-height 32 --arch sn30"
            })
    void describeSaysWhatEachGraphCostsOnTheChip(String model) throws IOException {
        String checkpoint = model.startsWith("gpt2") ? " --checkpoint " + config("GPT-2 1600x1") : "";
        JsonObject found = json("describe " + model + checkpoint + " --json");
        assertThat(found.object("predicted").number("seconds")).isPositive();
        for (JsonObject graph : found.objects("on_chip")) {
            assertThat(graph.number("flops")).isPositive();
            assertThat(graph.number("bytes")).isPositive();
            assertThat(graph.number("ddr_bytes") + (graph.has("hbm_bytes") ? graph.number("hbm_bytes") : 0))
                    .isPositive();
            assertThat(graph.number("predicted_s")).isBetween(graph.number("low_s"), graph.number("high_s"));
        }
    }

    @Test
    void theBuiltInRulesMakeALevelOfAUnetASection() {
        String command = "compile unet --inference --num-classes 2 --in-channels 3 --init-features 8 --in-width 64"
                + " --in-height 64 --json -p " + folder.resolve("x.pef");
        int levels = 2 * 4 + 1;
        assertThat(json(command + " --o1").integer("sections")).isBetween(levels, levels + 2);
        assertThat(json(command + " --o0").integer("sections")).isGreaterThan(2 * levels);
    }

    @Test
    void rulesOfAFileDecideWhatIsASection() throws IOException {
        Path rules = folder.resolve("rules.yaml");
        Files.writeString(
                rules, "half: {priority: 99, pattern: {up: {op_type: linear, child: act}, act: {op_type: gelu}}}");
        String command =
                "compile gpt2 --checkpoint " + config("GPT-2 1600x1") + " -b 4 --max-seq-length 256 --o1 --json";
        String pef = " -p " + folder.resolve("x.pef");
        int builtIn = json(command + pef).integer("sections");
        int none = json(command + pef + " --use-o1-default-rules=false").integer("sections");
        int own = json(command + pef + " --optimization-rules " + rules).integer("sections");
        assertThat(List.of(builtIn, none, own)).allMatch(n -> n > 5);
        Files.writeString(rules, "half: {patern: {}}");
        Outcome outcome = CommandLine.line(command + pef + " --optimization-rules " + rules);
        assertThat(outcome.status()).isEqualTo(1);
        assertThat(outcome.err()).contains("rule half has the key patern").contains("Did you mean pattern?");
    }

    @Test
    void microBatchesRunThePassesAgainButNotTheUpdate() throws IOException {
        String command = "measure-performance gpt2 --checkpoint " + config("GPT-2 1600x1")
                + " --arch sn30 --max-seq-length 64 --predict-only --json ";
        double one = json(command + "-b 2").object("predicted").number("seconds");
        double four = json(command + "-b 8 -mb 2").object("predicted").number("seconds");
        assertThat(four).isBetween(2 * one, 4 * one);
    }

    @Test
    void biggerProductsTakeLongerAndTheSmallestTheFloor() {
        double before = 0;
        for (int n = 16; n <= 16384; n *= 2) {
            JsonObject predicted = json("predict-op gemm --arch sn10 --json --m %d --n %d --k %d".formatted(n, n, n))
                    .object("predicted");
            assertThat(predicted.number("seconds")).isGreaterThan(before);
            assertThat(predicted.number("tflops")).isLessThan(0.14 * 307);
            before = predicted.number("seconds");
        }
        assertThat(json("predict-op gemm --arch sn10 --json --m 1 --n 1 --k 1")
                        .object("predicted")
                        .number("seconds"))
                .isCloseTo(24e-6, within(1e-7));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "predict-op conv2d --in-channels 64 --out-channels 128 --in-height 56 --kernel 3 --padding 1",
                "predict-op elementwise --elements 1000000",
                "predict-op gemm --m 64 --n 64 --k 64 --precision fp32"
            })
    void operatorsArePredictedOnEveryChip(String command) {
        for (String arch : List.of("sn10", "sn30", "sn40")) {
            JsonObject predicted = json(command + " --json --arch " + arch).object("predicted");
            assertThat(predicted.number("low_s")).isPositive().isLessThanOrEqualTo(predicted.number("seconds"));
            assertThat(predicted.number("high_s")).isGreaterThanOrEqualTo(predicted.number("seconds"));
        }
    }

    @Test
    void whatDoesNotFitSaysWhatIsLargestAndWhatWouldHelp() throws IOException {
        Outcome outcome = CommandLine.line("measure-performance gpt2 --checkpoint " + config("GPT-2 1600x1")
                + " --arch sn30 -b 8192 --predict-only");
        assertThat(outcome.status()).isEqualTo(1);
        assertThat(outcome.err())
                .contains("does not fit the DDR of SN30, which has 1024.0 GiB")
                .contains("The largest is ")
                .contains("--batch-size");
    }

    @Test
    void ranksAndMediansAreThoseOfTheTextbook() {
        List<Double> measured = List.of(1.0, 2.0, 3.0, 4.0);
        assertThat(TimingStatistics.rankCorrelation(List.of(10.0, 20.0, 30.0, 40.0), measured))
                .isEqualTo(1);
        assertThat(TimingStatistics.rankCorrelation(List.of(4.0, 3.0, 2.0, 1.0), measured))
                .isEqualTo(-1);
        assertThat(TimingStatistics.medianError(List.of(1.1, 2.0, 3.0, 2.0), measured))
                .isCloseTo(0.05, within(1e-12));
        List<Double> law = measured.stream().map(x -> 3 * x * x).toList();
        assertThat(TimingStatistics.smoothFit(measured, List.of(5.0, 5.0, 5.0, 5.0), law))
                .allSatisfy(x -> assertThat(x).isPositive());
        assertThat(TimingStatistics.smoothFit(measured, List.of(5.0, 5.0, 5.0, 5.0), law)
                        .getLast())
                .isCloseTo(48, within(1e-6));
    }
}
