package org.rduzoo.runners;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.rduzoo.runners.CommandLine.line;
import static org.rduzoo.runners.CommandLine.tiny;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.rduzoo.backend.json.Json;
import org.rduzoo.checkpoint.safetensors.SafetensorsFile;
import org.rduzoo.ir.Dense;
import org.rduzoo.runners.CommandLine.Outcome;

/// Adapters of low rank, beside PEFT's: learned, loaded and folded.
class LowRankTest {

    private static final String LORA = "llama-lora";

    /// The step that the answers did.
    private static final String STEP = " --lr 1e-2 --decay all --max-grad-norm 0";

    @TempDir
    Path folder;

    private Path run(String model, Path checkpoint, Path in, String name, String more) {
        Path out = folder.resolve(name);
        Outcome outcome = line("run %s --precision fp32 --checkpoint %s --inputs %s --outputs %s%s"
                .formatted(model, checkpoint, in, out, more));
        assertThat(outcome.status()).as(outcome.err()).isZero();
        return out;
    }

    @Test
    void anAdapterOfPeftGivesPeftsLogits() {
        Path out = run("llama", tiny(LORA), CommandLine.inputs(LORA, folder), "out", " --inference");
        try (SafetensorsFile golden = CommandLine.golden(LORA);
                SafetensorsFile actual = SafetensorsFile.open(out)) {
            near(dense(actual, "logits"), dense(golden, "outputs.logits"), 1e-4);
        }
    }

    @Test
    void itsGradientsAndAStepAreThoseOfPeft() {
        Path after = folder.resolve("after");
        Path out = run("llama", tiny(LORA), CommandLine.inputs(LORA, folder), "out", STEP + " --output " + after);
        try (SafetensorsFile golden = CommandLine.golden(LORA);
                SafetensorsFile actual = SafetensorsFile.open(out);
                SafetensorsFile stepped = SafetensorsFile.open(after.resolve("adapter_model.safetensors"))) {
            double norm = dense(golden, "grad_norm")[0];
            near(dense(actual, "loss"), dense(golden, "loss"), 1e-4);
            near(dense(actual, "grad_norm"), dense(golden, "grad_norm"), 1e-4 * norm);
            assertThat(actual.names()).hasSize(10);
            assertThat(stepped.names()).hasSize(8);
            for (String name : stepped.names()) {
                String inPeft = name.replace(".weight", ".default.weight");
                double[] gradient = dense(golden, "grads." + inPeft);
                double greatest = DoubleStream.of(gradient).map(Math::abs).max().orElseThrow();
                near(dense(actual, "grads." + name), gradient, 1e-4 * greatest + 1e-6 * norm);
                near(dense(stepped, name), dense(golden, "adamw." + inPeft), 1e-4);
            }
        }
    }

    @Test
    void foldedItIsWhatPeftMerges() {
        Path merged = folder.resolve("merged");
        Outcome outcome = line("convert %s %s".formatted(tiny(LORA), merged));
        assertThat(outcome.status()).as(outcome.err()).isZero();
        try (SafetensorsFile golden = CommandLine.golden(LORA);
                SafetensorsFile base = SafetensorsFile.open(tiny("llama").resolve("model.safetensors"));
                SafetensorsFile actual = SafetensorsFile.open(merged.resolve("model.safetensors"))) {
            assertThat(actual.names()).containsExactlyInAnyOrderElementsOf(base.names());
            int changed = 0;
            for (String name : base.names()) {
                boolean adapted = golden.find("merged." + name).isPresent();
                near(
                        dense(actual, name),
                        adapted ? dense(golden, "merged." + name) : dense(base, name),
                        adapted ? 1e-6 : 0);
                changed += adapted ? 1 : 0;
            }
            assertThat(changed).isEqualTo(4);
        }
    }

    /// What is folded into the weights, and what stands beside them in training, have nothing in common but their file.
    @ParameterizedTest
    @CsvSource({
        "llama, llama, 'q_proj,down_proj', false",
        "llama, llama, 'lm_head,layers.1.mlp.up_proj', false",
        "mistral, mistral, 'k_proj,o_proj', false",
        "gpt2, gpt2, 'c_attn,c_proj', true",
        "bert, bert-classify, 'query,value,dense', false",
        "bert, bert-mlm, 'attention.output.dense', false"
    })
    void anAdapterThatWasLearnedInfersAsItLearned(String model, String name, String targets, boolean turned)
            throws IOException {
        Path adapter = folder.resolve("adapter");
        Path in = CommandLine.inputs(name, folder);
        String lora = " --lora-rank 3 --lora-alpha 12 --lora-target " + targets;
        Path first = run(model, tiny(name), in, "first", STEP + lora + " --output " + adapter);
        assertThat(adapter.toFile().list())
                .containsExactlyInAnyOrder("adapter_config.json", "adapter_model.safetensors", "config.json");
        assertThat(Files.readString(adapter.resolve("adapter_config.json")))
                .contains("\"fan_in_fan_out\": " + turned)
                .contains("\"lora_alpha\": 12");
        Path second = run(model, adapter, in, "second", STEP);
        Path folded = run(model, adapter, in, "folded", " --inference");
        assertThat(loss(folded)).isCloseTo(loss(second), within(1e-5));
        assertThat(loss(folded)).isLessThan(loss(first) - 1e-3);
        try (SafetensorsFile golden = CommandLine.golden(name)) {
            assertThat(loss(first)).isCloseTo(dense(golden, "loss")[0], within(1e-4));
        }
    }

    @Test
    void theWeightsBesideAdaptersTakeNoStateAndAResumedRunStaysTheSame() throws IOException {
        Path bert = CommandLine.withTokenizer("bert", folder);
        Path data = folder.resolve("train.jsonl");
        Files.writeString(data, """
                {"text": "a cat sat", "label": "cat"}
                {"text": "the dog sat", "label": "dog"}
                """.repeat(8));
        String run = "run bert --checkpoint %s --data %s --eval-data %s -b 8 --lr 1e-2 --save-every 2 --json --output "
                .formatted(bert, data, Files.copy(data, folder.resolve("eval.jsonl")));
        String lora = " --lora-rank 2 --lora-target query,value --lora-dropout 0.1";
        Map<?, ?> all = json(line(run + folder.resolve("all") + " --steps 4"));
        Map<?, ?> whole = json(line(run + folder.resolve("whole") + lora + " --steps 4"));
        json(line(run + folder.resolve("parts") + lora + " --steps 2 --threads 1"));
        Map<?, ?> parts = json(line(run + folder.resolve("parts") + lora + " --steps 4 --resume"));
        assertThat(parts.get("loss")).isEqualTo(whole.get("loss"));
        assertThat(folder.resolve("parts/adapter_model.safetensors"))
                .hasSameBinaryContentAs(folder.resolve("whole/adapter_model.safetensors"));
        assertThat(memory(whole)).isLessThan(memory(all) / 2);
        assertThat(Files.readString(folder.resolve("whole/adapter_config.json")))
                .contains("\"task_type\": \"SEQ_CLS\"", "\"modules_to_save\": [\n    \"classifier\"\n  ]");
        Outcome inferred =
                line("run bert --inference --checkpoint " + folder.resolve("whole"), "--text", "the dog sat");
        assertThat(inferred.status()).as(inferred.err()).isZero();
        assertThat(inferred.out()).containsAnyOf("cat", "dog");
    }

    @Test
    void whatDoesNotFitIsSaid() throws IOException {
        String base = "run llama --checkpoint %s --inputs %s --outputs %s"
                .formatted(tiny("llama"), CommandLine.inputs("llama", folder), folder.resolve("out"));
        assertThat(line(base + " --lora-rank 2 --lora-target q_pro").err())
                .contains("no linear layer of this model is named q_pro")
                .contains("q_proj");
        assertThat(line(base + " --lora-rank 2 --lora-target embed_tokens").err())
                .contains("is a table that is looked up");
        assertThat(line(base + " --lora-rank 2").err()).contains("--lora-rank needs --lora-target");
        assertThat(line(base + " --lora-alpha 2").err()).contains("give --lora-rank N too");
        assertThat(line(base.replace(tiny("llama").toString(), tiny(LORA).toString()) + " --lora-rank 2")
                        .err())
                .contains("--lora-rank is 2, but the checkpoint is an adapter that has 4");
        Path away = Files.createDirectories(folder.resolve("away/there"));
        for (String file : List.of("adapter_config.json", "adapter_model.safetensors")) {
            Files.copy(tiny(LORA).resolve(file), away.resolve(file));
        }
        assertThat(line("convert %s %s".formatted(away, folder.resolve("merged")))
                        .err())
                .contains("is an adapter to the checkpoint \"../llama\", which is not there")
                .contains("base_model_name_or_path");
        Files.createSymbolicLink(folder.resolve("away/llama"), tiny("bert").toAbsolutePath());
        assertThat(line("convert %s %s".formatted(away, folder.resolve("merged")))
                        .err())
                .contains("has an adapter for model.layers.0.self_attn.q_proj.weight, but")
                .contains("Is it for another checkpoint?");
        Path config = away.resolve("adapter_config.json");
        Files.writeString(config, Files.readString(config).replace("\"use_dora\": false", "\"use_dora\": true"));
        assertThat(line("convert %s %s".formatted(away, folder.resolve("merged")))
                        .err())
                .contains("use_dora is true, which is not supported");
    }

    private static double memory(Map<?, ?> json) {
        Map<?, ?> measured = (Map<?, ?>) Objects.requireNonNull(json.get("measured"));
        return ((Number) Objects.requireNonNull(measured.get("memory_bytes"))).doubleValue();
    }

    private static Map<?, ?> json(Outcome outcome) {
        assertThat(outcome.status()).as(outcome.err()).isZero();
        return (Map<?, ?>) Json.parse(outcome.out().getBytes(StandardCharsets.UTF_8));
    }

    private static double loss(Path out) {
        try (SafetensorsFile file = SafetensorsFile.open(out)) {
            return dense(file, "loss")[0];
        }
    }

    private static double[] dense(SafetensorsFile file, String name) {
        var weight = file.find(name).orElseThrow(() -> new AssertionError(name + " is not in " + file.source()));
        Dense dense = Feed.dense(weight.type(), weight.type().dtype(), weight.segment());
        return dense.data();
    }

    private static void near(double[] actual, double[] expected, double tolerance) {
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < expected.length; i++) {
            assertThat(actual[i]).as(Arrays.toString(new int[] {i})).isCloseTo(expected[i], within(tolerance));
        }
    }
}
