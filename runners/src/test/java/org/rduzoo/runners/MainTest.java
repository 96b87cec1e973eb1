package org.rduzoo.runners;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.rduzoo.checkpoint.safetensors.SafetensorsFile;
import org.rduzoo.checkpoint.safetensors.SafetensorsWriter;
import org.rduzoo.samba.Weights.Weight;

class MainTest {

    @TempDir
    Path folder;

    private record Outcome(int status, String out, String err) {}

    private static Outcome run(String... words) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int status = Main.run(
                words,
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
        return new Outcome(status, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    private static Path tiny(String name) throws URISyntaxException {
        return Path.of(Objects.requireNonNull(MainTest.class.getResource("/tiny/" + name))
                .toURI());
    }

    /// The golden file's `inputs.*` as a file of their own.
    private Path inputs(String model) throws URISyntaxException {
        Path file = folder.resolve(model + "-in.safetensors");
        try (SafetensorsFile golden = SafetensorsFile.open(tiny(model).resolve("golden.safetensors"))) {
            List<Weight> inputs = golden.names().stream()
                    .filter(n -> n.startsWith("inputs."))
                    .map(n -> golden.find(n).orElseThrow())
                    .map(w -> new Weight(w.name().substring(7), w.type(), w.source(), w.data()))
                    .toList();
            SafetensorsWriter.write(file, inputs, Map.of(), true);
        }
        return file;
    }

    @ParameterizedTest
    @ValueSource(strings = {"bert", "bert-classify"})
    void rawTensorsGiveTheGoldenOutputsAndLoss(String model) throws URISyntaxException {
        Path out = folder.resolve("out.safetensors");
        Outcome outcome = run(
                "run",
                "bert",
                "--inference",
                "--precision=fp32",
                "--checkpoint",
                tiny(model).toString(),
                "--inputs",
                inputs(model).toString(),
                "--outputs",
                out.toString());
        assertThat(outcome.err()).isEmpty();
        assertThat(outcome.status()).isZero();
        try (SafetensorsFile golden = SafetensorsFile.open(tiny(model).resolve("golden.safetensors"));
                SafetensorsFile found = SafetensorsFile.open(out)) {
            assertThat(found.names()).contains("loss").hasSizeGreaterThan(1);
            for (String name : found.names()) {
                Weight expected = golden.find("outputs." + name)
                        .or(() -> golden.find(name))
                        .orElseThrow();
                assertClose(name, found.find(name).orElseThrow(), expected);
            }
        }
    }

    private static void assertClose(String name, Weight found, Weight expected) {
        assertThat(found.type()).isEqualTo(expected.type());
        MemorySegment a = found.segment();
        MemorySegment b = expected.segment();
        double largest = 0;
        double worst = 0;
        for (long i = 0; i < expected.type().elements(); i++) {
            float x = a.getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, i);
            float y = b.getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, i);
            largest = Math.max(largest, Math.abs(y));
            worst = Math.max(worst, Math.abs(x - y));
        }
        assertThat(worst).as(name).isLessThanOrEqualTo(Math.max(1e-4, 1e-5 * largest));
    }

    @Test
    void aCompiledPefRunsWithItsOwnShapesAndRefusesOthers() throws URISyntaxException {
        String pef = folder.resolve("tiny.pef").toString();
        String checkpoint = tiny("bert").toString();
        Outcome compiled = run(
                "compile",
                "bert",
                "--inference",
                "--checkpoint",
                checkpoint,
                "-b=2",
                "-mb=2",
                "--max-seq-length=20",
                "-p",
                pef,
                "--json");
        assertThat(compiled.err()).isEmpty();
        assertThat(compiled.out()).contains("\"pef\"", "\"bytes\"", "\"graphs\"", "\"sections\"", "\"seconds\"");
        Outcome tested =
                run("test", "bert", "--checkpoint", checkpoint, "-p", pef, "-b", "2", "--max-seq-length", "20");
        assertThat(tested.status()).as(tested.err()).isZero();
        Outcome wrong = run("test", "bert", "--checkpoint", checkpoint, "-p", pef, "-b", "4");
        assertThat(wrong.status()).isEqualTo(1);
        assertThat(wrong.err()).contains("compiled with --batch-size 2", "--batch-size 4");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "2 | lsit | Did you mean list?",
                "2 | run bert --batch 3 | there is no option --batch.",
                "2 | run bert --batchsize=3 | Did you mean --batch-size?",
                "2 | run bert -b=x --inference --text a | --batch-size is \"x\"",
                "2 | run bert --text | --text needs a value",
                "2 | run bert -b 1 -b 2 | given twice",
                "2 | compile bert --text a | compile does not take --text",
                "1 | run bret --inference --text a | Did you mean bert?",
                "1 | run bert --text a | training, which is not there yet",
                "1 | pef info missing.pef | missing.pef",
            })
    void aWrongCommandLineSaysWhatIsWrong(int status, String line, String message) {
        Outcome outcome = run(line.split(" ", -1));
        assertThat(outcome.err()).contains(message).doesNotContain("\tat ");
        assertThat(outcome.status()).isEqualTo(status);
        assertThat(outcome.out()).isEmpty();
    }

    @Test
    void errorsAreJsonWhenJsonIsAskedFor() {
        Outcome outcome = run("run", "bret", "--inference", "--text", "a", "--json");
        assertThat(outcome.status()).isEqualTo(1);
        assertThat(outcome.err()).startsWith("{").contains("\"error\"", "\"message\"", "\"kind\": \"user\"");
    }

    @Test
    void conversionTakesTypesAndSizes() throws URISyntaxException {
        String source = tiny("bert").toString();
        String target = folder.resolve("converted").toString();
        assertThat(run("convert", source, target, "--dtype", "bf16", "--max-shard-size", "20KB")
                        .status())
                .isZero();
        assertThat(run("checkpoint", "info", target).out()).contains("bf16", "model-00002-of-");
        assertThat(run("convert", source, target + "2", "--dtype", "int4").err())
                .contains("--dtype is \"int4\", but must be one of fp32");
        assertThat(run("convert", source, target + "2", "--max-shard-size", "many")
                        .err())
                .contains("must be a size such as 500MB");
        assertThat(run("convert", source, target + "2", "--tie", "--untie").status())
                .isEqualTo(2);
        assertThat(run("convert", source, target + ".gguf").err()).contains("has model_type bert; llama and mistral");
        assertThat(run("convert", source, target + "2", "--tie").err()).contains("has no embedding to tie a head to");
    }

    @ParameterizedTest
    @ValueSource(strings = {"list", "describe", "compile", "run", "test", "measure-performance", "pef", "convert"})
    void everyCommandHasHelp(String command) {
        Outcome outcome = run(command, "--help");
        assertThat(outcome.status()).isZero();
        assertThat(outcome.out()).contains("usage: rdu " + command, "--json");
    }
}
