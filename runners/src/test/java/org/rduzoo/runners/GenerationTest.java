package org.rduzoo.runners;

import static org.assertj.core.api.Assertions.assertThat;
import static org.rduzoo.runners.CommandLine.line;
import static org.rduzoo.runners.CommandLine.tiny;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.rduzoo.checkpoint.safetensors.SafetensorsFile;
import org.rduzoo.runners.CommandLine.Outcome;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Decoders on the command line, with tiny checkpoints of random weights.
final class GenerationTest {

    private static final String LLAMA = "run llama --inference --json --precision=fp32 --checkpoint " + tiny("llama");

    @TempDir
    Path folder;

    private static long[] golden(String model, String name) {
        try (SafetensorsFile file = CommandLine.golden(model)) {
            return file.find(name).orElseThrow().segment().toArray(ValueLayout.JAVA_LONG_UNALIGNED);
        }
    }

    private static String list(long... ids) {
        return Arrays.stream(ids).mapToObj(Long::toString).collect(Collectors.joining(","));
    }

    private static List<JsonNode> outputs(Outcome outcome) {
        assertThat(outcome.status()).as(outcome.err()).isZero();
        List<JsonNode> outputs = new ArrayList<>();
        JsonMapper.shared().readTree(outcome.out()).path("outputs").forEach(outputs::add);
        return outputs;
    }

    private static long[] ids(JsonNode output) {
        LongStream.Builder ids = LongStream.builder();
        output.path("output_ids").forEach(n -> ids.add(n.longValue()));
        return ids.build().toArray();
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama", "llama3-scaled", "llama-linear"})
    void greedyTokensAreTheGoldenOnes(String model) {
        long[] prompt = golden(model, "inputs.prompt");
        long[] all = golden(model, "generated");
        long[] expected = Arrays.copyOfRange(all, prompt.length, all.length);
        Outcome outcome =
                line("run llama --inference --json --precision=fp32 --max-new-tokens=%d --prompt-ids=%s --checkpoint %s"
                        .formatted(expected.length, list(prompt), withoutEnd(tiny(model))));
        JsonNode output = outputs(outcome).getFirst();
        assertThat(ids(output)).containsExactly(expected);
        assertThat(output.path("finish_reason").stringValue()).isEqualTo("length");
        assertThat(output.path("input_ids").size()).isEqualTo(prompt.length);
    }

    /// A copy whose configuration names no end token, so that random weights do not end by chance.
    private Path withoutEnd(Path checkpoint) {
        return with(checkpoint, "\"eos_token_id\": null");
    }

    private Path with(Path checkpoint, String end) {
        try {
            Path copy = Files.createDirectories(folder.resolve(checkpoint.getFileName()));
            Files.copy(checkpoint.resolve("model.safetensors"), copy.resolve("model.safetensors"));
            String config = Files.readString(checkpoint.resolve("config.json"));
            Files.writeString(copy.resolve("config.json"), config.replaceAll("\"eos_token_id\": \\d+", end));
            return copy;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void generationStopsAtAnEndTokenAndKeepsIt() {
        long[] prompt = golden("llama", "inputs.prompt");
        long[] all = golden("llama", "generated");
        long end = all[prompt.length + 3];
        int place = prompt.length;
        while (all[place] != end) {
            place++;
        }
        Path checkpoint = with(tiny("llama"), "\"eos_token_id\": [%d, 95]".formatted(end));
        Outcome outcome = line("run llama --inference --json --precision=fp32 --prompt-ids=%s --checkpoint %s"
                .formatted(list(prompt), checkpoint));
        JsonNode output = outputs(outcome).getFirst();
        assertThat(ids(output)).containsExactly(Arrays.copyOfRange(all, prompt.length, place + 1));
        assertThat(output.path("finish_reason").stringValue()).isEqualTo("eos");
    }

    @ParameterizedTest
    @CsvSource({"3, 0", "2, 0", "1, 0", "3, 0.8", "2, 0.8"})
    void aBatchIsWhatSingleRunsAre(int batch, double temperature) {
        String[] prompts = {
            "5", "11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32,33,34,35,36,37", "7,3,9"
        };
        String options = " --max-new-tokens=9 --temperature=%s --top-k=20 --seed=3".formatted(temperature);
        List<JsonNode> together = outputs(line(LLAMA + options + " -b=" + batch + " --prompt-ids=" + prompts[0]
                + " --prompt-ids=" + prompts[1] + " --prompt-ids=" + prompts[2]));
        assertThat(together).hasSize(3);
        for (int i = 0; i < prompts.length; i++) {
            JsonNode alone = outputs(line(LLAMA + options + " --prompt-ids=" + prompts[i]))
                    .getFirst();
            assertThat(ids(together.get(i))).as("prompt %d", i).containsExactly(ids(alone));
        }
    }

    @Test
    void aPromptInChunksIsAPromptInOne() {
        String prompt = list(LongStream.range(1, 60).toArray());
        JsonNode chunks = outputs(line(LLAMA + " --static-seq-lengths=8 --prompt-ids=" + prompt))
                .getFirst();
        JsonNode one = outputs(line(LLAMA + " --static-seq-lengths=64 --prompt-ids=" + prompt))
                .getFirst();
        assertThat(ids(chunks)).containsExactly(ids(one));
    }

    @Test
    void theSameSeedGivesTheSameTextAndAnotherDoesNot() {
        String options = LLAMA + " --temperature=2 --max-new-tokens=24 --prompt-ids=1,2,3 --seed=";
        long[] first = ids(outputs(line(options + 1)).getFirst());
        assertThat(ids(outputs(line(options + 1)).getFirst())).containsExactly(first);
        assertThat(ids(outputs(line(options + 2)).getFirst())).isNotEqualTo(first);
    }

    @Test
    void aCompiledPefGivesTheSameAndRefusesWhatDoesNotFit() {
        String pef = folder.resolve("x.pef").toString();
        String checkpoint = tiny("llama").toString();
        Outcome compiled =
                line("compile llama --inference --json --precision=fp32 --max-seq-length=64 -b=2 --checkpoint "
                        + checkpoint + " -p " + pef);
        assertThat(compiled.status()).as(compiled.err()).isZero();
        assertThat(JsonMapper.shared().readTree(compiled.out()).path("graphs").intValue())
                .as("chunks of 16, of 32, and single tokens")
                .isEqualTo(3);
        long[] expected = ids(outputs(line(LLAMA + " --prompt-ids=1,2,3")).getFirst());
        assertThat(ids(outputs(line(LLAMA + " --prompt-ids=1,2,3 -p " + pef)).getFirst()))
                .containsExactly(expected);
        assertRefused(LLAMA + " --prompt-ids=1,2,3 -b=3 -p " + pef, "--batch-size");
        assertRefused(
                LLAMA + " --max-new-tokens=63 --prompt-ids=1,2,3 -p " + pef,
                "the prompt has 3 tokens and 63 new ones are asked for, but the cache holds 64");
    }

    private static void assertRefused(String line, String message) {
        Outcome outcome = line(line);
        assertThat(outcome.status()).isEqualTo(1);
        assertThat(outcome.err()).contains(message);
        assertThat(outcome.out()).isEmpty();
    }

    @Test
    void whatCannotBeRunIsRefusedBeforeAnythingRuns() {
        assertRefused(LLAMA + " --max-new-tokens=200 --prompt-ids=1", "max_position_embeddings is 128");
        assertRefused(LLAMA + " --prompt-ids=1,96", "holds 96 at place 1");
        assertRefused(LLAMA + " --prompt=x", "no tokenizer.json");
        assertThat(line(LLAMA + " --prompt-ids=1,x").status()).isEqualTo(2);
        assertThat(line(LLAMA + " --prompt-ids=1 --top-p=2").status()).isEqualTo(2);
        assertThat(line(LLAMA + " --prompt-ids=1 --temperature=-1").status()).isEqualTo(2);
        assertThat(line(LLAMA + " --prompt-ids=1 --prompt=x").status()).isEqualTo(2);
        assertThat(line(LLAMA).status()).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"fp32", "bf16"})
    void theSimulatorAgreesWithTheReference(String precision) {
        Outcome outcome =
                line("test llama --json --precision=%s --checkpoint %s".formatted(precision, tiny("llama3-scaled")));
        assertThat(outcome.status()).as(outcome.out()).isZero();
        assertThat(JsonMapper.shared().readTree(outcome.out()).path("outputs").size())
                .as("a chunk and three tokens")
                .isEqualTo(4);
    }

    @Test
    void performanceHasBothRates() {
        Outcome outcome =
                line("measure-performance llama --inference --json --prompt-length=8 --max-new-tokens=4 --checkpoint "
                        + tiny("llama"));
        assertThat(outcome.status()).as(outcome.err()).isZero();
        JsonNode measured = JsonMapper.shared().readTree(outcome.out()).path("measured");
        assertThat(measured.path("prefill_tokens_per_second").doubleValue()).isPositive();
        assertThat(measured.path("decode_tokens_per_second").doubleValue()).isPositive();
    }
}
