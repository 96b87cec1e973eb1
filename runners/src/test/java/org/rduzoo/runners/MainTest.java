package org.rduzoo.runners;

import static org.assertj.core.api.Assertions.assertThat;
import static org.rduzoo.runners.CommandLine.inputs;
import static org.rduzoo.runners.CommandLine.run;
import static org.rduzoo.runners.CommandLine.tiny;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.rduzoo.checkpoint.safetensors.SafetensorsFile;
import org.rduzoo.runners.CommandLine.Outcome;
import org.rduzoo.samba.Weights.Weight;

class MainTest {

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({
        "bert, bert, 3",
        "bert, bert, 1",
        "bert, bert-classify, 3",
        "bert, bert-classify, 1",
        "bert, bert-mlm, 3",
        "bert, bert-mlm, 1",
        "llama, llama, 2",
        "llama, llama, 1",
        "llama, llama3-scaled, 1"
    })
    void rawTensorsGiveTheGoldenOutputsAndLossWhateverTheMicroBatch(String zoo, String model, int step) {
        Path out = folder.resolve("out.safetensors");
        Outcome outcome = run(
                "run",
                zoo,
                "--inference",
                "--precision=fp32",
                "-mb=" + step,
                "--checkpoint",
                tiny(model).toString(),
                "--inputs",
                inputs(model, folder).toString(),
                "--outputs",
                out.toString());
        assertThat(outcome.err()).isEmpty();
        assertThat(outcome.status()).isZero();
        try (SafetensorsFile golden = CommandLine.golden(model);
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
    void aCompiledPefRunsWithItsOwnShapesAndRefusesOthers() {
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
        Outcome tested = run("test", "bert", "--checkpoint", checkpoint, "-p", pef);
        assertThat(tested.status()).as(tested.err()).isZero();
        assertThat(tested.out()).contains("embedding", "last_hidden_state", "pooler_output");
        Outcome wrong = run("test", "bert", "--checkpoint", checkpoint, "-p", pef, "-b", "4");
        assertThat(wrong.status()).isEqualTo(1);
        assertThat(wrong.err()).contains("compiled with --batch-size 2, but test was given --batch-size 4");
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
                "2 | run bert --text a | To infer, add --inference",
                "1 | pef info missing.pef | missing.pef",
                "2 | compile bert --inference --set hidden_size | --set hidden_size has no value",
                "2 | compile bert --inference --set =3 | --set =3 has no key",
                "1 | compile bert --inference -b=6 -mb=4 | Take --batch-size 8, or a --microbatch-size that divides 6",
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
    void conversionTakesTypesAndSizes() {
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
