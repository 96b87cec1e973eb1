package org.rduzoo.runners;

import static org.assertj.core.api.Assertions.assertThat;
import static org.rduzoo.runners.CommandLine.line;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rduzoo.backend.json.Json;
import org.rduzoo.runners.CommandLine.Outcome;
import org.rduzoo.runners.data.PackedDataSet;
import org.rduzoo.samba.data.PackedRows;

/// Training runs from the command line: what they leave, and what becomes of those that do not end well.
class TrainRunTest {

    private static final int KILLS = 20;

    @TempDir
    Path folder;

    private Path bert;

    @BeforeEach
    void checkpointAndData() throws IOException {
        bert = CommandLine.withTokenizer("bert", folder);
        Files.writeString(folder.resolve("train.jsonl"), labelled(new Random(1), 32));
        Files.writeString(folder.resolve("eval.jsonl"), labelled(new Random(2), 10));
        Files.writeString(folder.resolve("lines.txt"), "a cat sat on the mat\nthe dog sat on a cat\n".repeat(6));
    }

    /// Texts whose label is the animal in them.
    private static String labelled(Random random, int count) {
        List<String> words = List.of("a", "sat", "on", "the", "mat");
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < count; i++) {
            String animal = random.nextBoolean() ? "cat" : "dog";
            List<String> text = new ArrayList<>();
            for (int w = 0; w < 5; w++) {
                text.add(words.get(random.nextInt(words.size())));
            }
            text.set(random.nextInt(5), animal);
            lines.append("{\"text\": \"%s\", \"label\": \"is a %s\"}\n".formatted(String.join(" ", text), animal));
        }
        return lines.toString();
    }

    private Outcome train(String more) {
        return line("run bert --precision fp32 --checkpoint %s --output %s %s"
                .formatted(bert, folder.resolve("out"), more.strip())
                .replaceAll(" +", " "));
    }

    private String labels() {
        return " --data %s --eval-data %s ".formatted(folder.resolve("train.jsonl"), folder.resolve("eval.jsonl"));
    }

    @Test
    void aFolderThatCannotBeWrittenIsRefusedBeforeAnythingIsCompiled() throws IOException {
        Path file = Files.writeString(folder.resolve("notes"), "");
        Outcome outcome = line("run bert --data %s --output %s".formatted(file, file.resolve("out")));
        assertThat(outcome.status()).isEqualTo(1);
        assertThat(outcome.err())
                .contains("--output", "cannot be written", "notes is a file, not a folder", "Choose another folder.")
                .doesNotContain("Exception");
    }

    @Test
    void aClassifierLearnsAndItsFolderInfersWithItsLabels() throws IOException {
        Outcome outcome =
                train(labels() + "--epochs 12 -b 8 -mb 4 --lr 5e-3 --lr-schedule linear --warmup-steps 4 --json");
        assertThat(outcome.status()).as(outcome.err()).isZero();
        assertThat(outcome.err())
                .containsPattern(
                        "Epoch \\[1/12], Step \\[1/48], Loss: \\d\\.\\d{4}  \\(\\d+ samples/s, \\d+:\\d\\d left\\)")
                .contains("classifier.weight");
        Map<?, ?> json = (Map<?, ?>) Json.parse(outcome.out().getBytes(StandardCharsets.UTF_8));
        assertThat(json.get("steps")).isEqualTo(48L);
        assertThat((Double) ((Map<?, ?>) Objects.requireNonNull(json.get("eval"))).get("accuracy"))
                .isGreaterThan(0.9);
        Path out = folder.resolve("out");
        assertThat(out.toFile().list())
                .containsExactlyInAnyOrder(
                        "config.json",
                        "loss.svg",
                        "metrics.csv",
                        "metrics.jsonl",
                        "model.safetensors",
                        "summary.txt",
                        "tokenizer.json");
        assertThat(Files.readAllLines(out.resolve("metrics.csv"))).hasSize(49);
        Outcome inferred = line("run bert --inference --precision fp32 --checkpoint " + out, "--text", "the dog sat");
        assertThat(inferred.status()).as(inferred.err()).isZero();
        assertThat(inferred.out()).contains("is a dog");
    }

    @Test
    void activationsKeepToABudgetAndTheNumbersStay() {
        Outcome free = train(labels() + "--steps 3 -b 8 --json");
        Outcome tight = train(labels() + "--steps 3 -b 8 --json --force --activation-memory 64KiB");
        assertThat(free.err()).doesNotContain("activations:");
        assertThat(tight.err()).containsPattern("activations: .* kept \\(budget 0\\.1.*; computed again: \\d+ ");
        assertThat(losses(tight))
                .hasSize(3)
                .usingElementComparator((a, b) -> Math.abs(a - b) < 1e-6 ? 0 : Double.compare(a, b))
                .isEqualTo(losses(free));
        assertThat(train(labels() + "--force --activation-memory 3XB").err()).contains("must be a size such as 500MB");
    }

    private static List<Double> losses(Outcome outcome) {
        assertThat(outcome.status()).as(outcome.err()).isZero();
        Map<?, ?> json = (Map<?, ?>) Json.parse(outcome.out().getBytes(StandardCharsets.UTF_8));
        return ((List<?>) Objects.requireNonNull(json.get("loss")))
                .stream().map(Double.class::cast).toList();
    }

    @Test
    void weightsThatAreRoundedAtRandomNeedNoSecondCopyAndTheSameForAnyThreads() {
        String run = "run bert --checkpoint %s --output %s%s --epochs 8 -b 8 --lr 3e-3 --json"
                .formatted(bert, folder.resolve("out"), labels().stripTrailing());
        String random = run + " --enable-stochastic-rounding --force";
        Outcome copied = line(run);
        Outcome rounded = line(random);
        assertThat(memory(rounded)).isLessThan(memory(copied));
        assertThat(losses(rounded)).isEqualTo(losses(line(random + " --threads 1")));
        assertThat(losses(rounded).getLast()).isLessThan(losses(rounded).getFirst() / 2);
        assertThat(line(random + " --precision fp32").err()).contains("--precision is fp32");
    }

    @Test
    void dropoutIsTheConfigurationsOrWhatIsAskedForAndRepeats() throws IOException {
        Path config = bert.resolve("config.json");
        Files.writeString(
                config,
                Files.readString(config)
                        .replace("\"hidden_dropout_prob\": 0.0", "\"hidden_dropout_prob\": 0.3")
                        .replace("\"attention_probs_dropout_prob\": 0.0", "\"attention_probs_dropout_prob\": 0.1"));
        String run = labels() + "--steps 4 -b 8 --json --force";
        Outcome dropped = train(run);
        assertThat(losses(train(run + " --threads 1"))).isEqualTo(losses(dropped));
        assertThat(losses(train(run + " --seed 1")).getLast())
                .isNotEqualTo(losses(dropped).getLast());
        List<Double> none = losses(train(run + " --dropout 0"));
        assertThat(none).isNotEqualTo(losses(dropped));
        Files.writeString(
                config,
                Files.readString(config).replace("\"hidden_dropout_prob\": 0.3", "\"hidden_dropout_prob\": 0.0"));
        Outcome attention = train(run);
        assertThat(losses(attention)).isNotEqualTo(none).isNotEqualTo(losses(dropped));
        assertThat(losses(train(run + " --threads 1"))).isEqualTo(losses(attention));
        Files.writeString(
                config,
                Files.readString(config)
                        .replace("\"attention_probs_dropout_prob\": 0.1", "\"attention_probs_dropout_prob\": 0.0"));
        assertThat(losses(train(run)))
                .usingElementComparator((a, b) -> Math.abs(a - b) < 1e-6 ? 0 : Double.compare(a, b))
                .isEqualTo(none);
        assertThat(train(run + " --dropout 0.1").err()).contains("no place for it");
    }

    @Test
    void accumulatedGradientsMakeTheStepsOfALargeBatch() {
        String run = labels() + "--epochs 2 --lr 1e-3 --json --force ";
        List<Double> large = losses(train(run + "-b 8"));
        for (String parts : List.of("-b 4 --grad-accumulation-steps 2", "-b 2 --grad-accumulation-steps 4 -mb 1")) {
            assertThat(losses(train(run + parts)))
                    .usingElementComparator((a, b) -> Math.abs(a - b) < 1e-5 ? 0 : Double.compare(a, b))
                    .isEqualTo(large);
        }
    }

    private static double memory(Outcome outcome) {
        assertThat(outcome.status()).as(outcome.err()).isZero();
        Map<?, ?> json = (Map<?, ?>) Json.parse(outcome.out().getBytes(StandardCharsets.UTF_8));
        Map<?, ?> measured = (Map<?, ?>) Objects.requireNonNull(json.get("measured"));
        return ((Number) Objects.requireNonNull(measured.get("memory_bytes"))).doubleValue();
    }

    @Test
    void maskedTokensAreLearnedFromPlainLines() throws IOException {
        Path held = Files.writeString(folder.resolve("held.txt"), "a dog sat on the mat\n".repeat(4));
        Outcome outcome = train("--data %s --eval-data %s --steps 3 -b 4 --optimizer sgd --momentum 0.9"
                .formatted(folder.resolve("lines.txt"), held));
        assertThat(outcome.status()).as(outcome.err()).isZero();
        assertThat(outcome.out()).contains("perplexity");
    }

    @Test
    void aDecoderLearnsFromPackedRows() throws IOException {
        Path data = packed();
        Outcome outcome = line(
                "run llama --precision fp32 --checkpoint %s --data %s --eval-data %s --output %s --epochs 3 -b 2 --grad-accumulation-steps 2 --lr 1e-2"
                        .formatted(CommandLine.tiny("llama"), data, data, folder.resolve("out")));
        assertThat(outcome.status()).as(outcome.err()).isZero();
        assertThat(outcome.out()).contains("perplexity").contains("tokens_per_second");
        List<String> rows = Files.readAllLines(folder.resolve("out/metrics.csv"));
        assertThat(loss(rows.getLast())).isLessThan(loss(rows.get(1)));
    }

    private static double loss(String row) {
        return Double.parseDouble(row.split(",", -1)[2]);
    }

    /// Rows of the packing goldens as a data set with rows to evaluate on.
    private Path packed() throws IOException {
        Path lines = folder.resolve("text.jsonl");
        Files.writeString(lines, "{\"prompt\": \"a cat\", \"completion\": \"sat on the mat\"}\n".repeat(60));
        Path data = folder.resolve("data");
        Outcome prepared = line(
                "prepare-data --input-path %s --output-path %s --pretrained-tokenizer %s --max-seq-length 16 --num-training-splits 2 --num-dev-splits 1 --num-test-splits 0"
                        .formatted(lines, data, bert),
                "--special-tokens-dict",
                "{\"eos_token\": \"[SEP]\"}");
        assertThat(prepared.status()).as(prepared.err()).isZero();
        try (PackedRows rows = PackedDataSet.TRAIN.open(data)) {
            assertThat(rows.count()).isGreaterThan(3);
        }
        return data;
    }

    @Test
    void aRunThatIsKilledAtAnyMomentGoesOnAsIfItHadNotBeen() throws IOException, InterruptedException {
        String settings = labels() + "--steps 40 -b 4 --lr 1e-3 --save-every 1 --threads 1";
        Outcome whole = train(settings);
        assertThat(whole.status()).as(whole.err()).isZero();
        List<String> command = new ArrayList<>(List.of(
                ProcessHandle.current().info().command().orElseThrow(),
                "-XX:TieredStopAtLevel=1",
                "--add-modules=jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
        Path killed = folder.resolve("killed");
        command.addAll(List.of("run bert --precision fp32 --resume --checkpoint %s --output %s %s"
                .formatted(bert, killed, settings)
                .split(" +")));
        Random random = new Random(5);
        for (int i = 0; i <= KILLS; i++) {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(folder.resolve("log.txt").toFile())
                    .start();
            boolean last = i == KILLS;
            boolean ended = process.waitFor(last ? 120_000 : 300 + random.nextInt(1000), TimeUnit.MILLISECONDS);
            process.destroyForcibly();
            assertThat(process.waitFor() == 0 || !ended)
                    .as(Files.readString(folder.resolve("log.txt")))
                    .isTrue();
        }
        assertThat(losses(killed)).hasSize(40).isEqualTo(losses(folder.resolve("out")));
        assertThat(Files.mismatch(
                        killed.resolve("model.safetensors"),
                        folder.resolve("out").resolve("model.safetensors")))
                .isEqualTo(-1);
        assertThat(killed.toFile().list()).noneMatch(n -> n.contains("partial"));
    }

    private static List<String> losses(Path out) throws IOException {
        return Files.readAllLines(out.resolve("metrics.csv")).stream()
                .skip(1)
                .map(row -> String.join(",", List.of(row.split(",", -1)).subList(0, 4)))
                .toList();
    }

    @Test
    void anotherSettingIsNotGoneOnWith() {
        assertThat(train(labels() + "--steps 2 -b 4 --save-every 1").status()).isZero();
        Outcome other = train(labels() + "--steps 4 -b 4 --save-every 1 --resume --weight-decay 0.2");
        assertThat(other.status()).isEqualTo(1);
        assertThat(other.err()).contains("weight-decay").contains("now it is 0.2");
        assertThat(train(labels() + "--steps 4 -b 4 --save-every 1 --resume").status())
                .isZero();
    }

    @Test
    void aLossThatIsNoNumberEndsTheRunAndKeepsTheLastCheckpoint() {
        Outcome outcome = train(labels() + "--steps 9 -b 4 --lr 1e38 --save-every 1");
        assertThat(outcome.status()).isEqualTo(1);
        assertThat(outcome.err())
                .contains("went astray")
                .contains("The last good checkpoint is")
                .contains("--lr");
        assertThat(folder.resolve("out/checkpoint-1/model.safetensors")).exists();
    }

    @Test
    void aFolderThatCannotBeWrittenIsNamed() throws IOException {
        Files.writeString(folder.resolve("out"), "a file");
        Outcome outcome = train(labels() + "--steps 1 -b 4");
        assertThat(outcome.status()).isEqualTo(1);
        assertThat(outcome.err()).contains(folder.resolve("out").toString()).doesNotContain("\tat ");
    }

    @Test
    void aPefOfATrainingStepIsRunForWhatItWasCompiledForAlone() {
        Path pef = folder.resolve("step.pef");
        String head = "--set architectures=[\"BertForMaskedLM\"] --max-seq-length 16 -p " + pef;
        Outcome compiled = line("compile bert --precision fp32 -b 4 --checkpoint %s %s".formatted(bert, head));
        assertThat(compiled.status()).as(compiled.err()).isZero();
        String masked = "--data %s --steps 2 %s".formatted(folder.resolve("lines.txt"), head);
        Outcome fit = train(masked + " -b 4");
        assertThat(fit.status()).as(fit.err()).isZero();
        assertThat(fit.err()).doesNotContain("compiled:");
        assertThat(train(masked + " -b 4 --force --grad-accumulation-steps 2").err())
                .contains("accumulates")
                .doesNotContain("bug");
        assertThat(train(masked + " -b 4 --force --optimizer sgd").err())
                .contains("optimizer")
                .doesNotContain("bug");
    }

    @Test
    void aTrainingStepIsMeasuredWithTheDropoutOfItsConfiguration() throws IOException {
        Path config = bert.resolve("config.json");
        Files.writeString(config, Files.readString(config).replace("dropout_prob\": 0.0", "dropout_prob\": 0.1"));
        Outcome measured =
                line("measure-performance bert -b 2 -mb 1 --max-seq-length 16 --precision fp32 --checkpoint " + bert);
        assertThat(measured.status()).as(measured.err()).isZero();
        assertThat(measured.out()).contains("samples/s");
    }

    @Test
    void aCheckpointIsNotReplacedUnasked() {
        assertThat(train(labels() + "--steps 1 -b 4").status()).isZero();
        assertThat(train(labels() + "--steps 1 -b 4").err()).contains("--resume");
        assertThat(train(labels() + "--steps 1 -b 4 --force").status()).isZero();
    }
}
