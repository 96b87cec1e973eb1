package org.rduzoo.runners;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.rduzoo.runners.CommandLine.line;
import static org.rduzoo.runners.CommandLine.tiny;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.rduzoo.backend.host.machine.HostIsa;
import org.rduzoo.checkpoint.safetensors.SafetensorsFile;
import org.rduzoo.ir.Dense;
import org.rduzoo.runners.CommandLine.Outcome;

/// One training step on tensors of a file, beside PyTorch's.
class TensorTrainingTest {

    private static final double RELATIVE = 1e-4;
    private static final double OF_NORM = 1e-6;

    /// What bf16 may cost, relative to the norm of all gradients.
    private static final double BF16 = 1 / 12.0;

    /// The step that the answers did.
    private static final String STEP = " --lr 1e-2 --decay all --max-grad-norm 0";

    @TempDir
    Path folder;

    static Stream<String> names() {
        return Stream.of(
                "llama",
                "llama3-scaled",
                "llama-linear",
                "mistral",
                "gpt2",
                "bert",
                "bert-mlm",
                "bert-classify",
                "unet2d",
                "unet2d-bce",
                "unet2d-dice",
                "unet3d");
    }

    /// Not the volumes in plain Java: an activation lies so near 0 there that another order of sums has it on the other
    /// side.
    static Stream<Arguments> models() {
        return names().flatMap(model -> HostIsa.available()
                .filter(isa -> isa != HostIsa.JAVA || !model.equals("unet3d"))
                .map(isa -> Arguments.of(model, isa)));
    }

    @ParameterizedTest(name = "{0} on {1}")
    @MethodSource("models")
    void lossGradientsAndTheCheckpointAfterAStepAreThoseOfPyTorch(String name, HostIsa isa) {
        Path out = folder.resolve("out.safetensors");
        Path after = folder.resolve("after");
        Outcome outcome = step(name, out, " --host-isa " + isa.text() + " --output " + after);
        assertThat(outcome.status()).as(outcome.err()).isZero();
        check(name, out);
        try (SafetensorsFile golden = CommandLine.golden(name);
                SafetensorsFile stepped = SafetensorsFile.open(after.resolve("model.safetensors"));
                SafetensorsFile gradients = SafetensorsFile.open(out)) {
            double norm = dense(golden, "grad_norm").data()[0];
            for (String parameter : named(golden, "grads.")) {
                double[] expected = dense(golden, "adamw." + parameter).data();
                double[] actual = dense(stepped, parameter).data();
                double[] gradient = dense(gradients, "grads." + parameter).data();
                for (int i = 0; i < expected.length; i++) {
                    if (Math.abs(gradient[i]) >= OF_NORM * norm) {
                        assertThat(actual[i]).as("%s[%d]", parameter, i).isCloseTo(expected[i], within(1e-4));
                    }
                }
            }
            for (String statistic : named(golden, "outputs.after.")) {
                double[] expected = dense(golden, "outputs.after." + statistic).data();
                assertThat(dense(stepped, statistic).data()).as(statistic).containsExactly(expected, within(1e-4));
            }
        }
    }

    static Stream<String> texts() {
        return names().filter(name -> !name.startsWith("unet"));
    }

    @ParameterizedTest
    @MethodSource("texts")
    void inBf16TheGradientsAreNearThoseOfPyTorch(String name) {
        Path out = folder.resolve("out.safetensors");
        Outcome outcome = step(name, out, " --precision bf16");
        assertThat(outcome.status()).as(outcome.err()).isZero();
        double squares = 0;
        double misses = 0;
        try (SafetensorsFile golden = CommandLine.golden(name);
                SafetensorsFile actual = SafetensorsFile.open(out)) {
            for (String parameter : named(golden, "grads.")) {
                double[] expected = dense(golden, "grads." + parameter).data();
                double[] found = dense(actual, "grads." + parameter).data();
                for (int i = 0; i < expected.length; i++) {
                    squares += expected[i] * expected[i];
                    misses += (found[i] - expected[i]) * (found[i] - expected[i]);
                }
            }
        }
        assertThat(Math.sqrt(misses / squares)).isBetween(1e-6, BF16);
    }

    @Test
    void microBatchesMakeTheSameStep() {
        Path out = folder.resolve("out.safetensors");
        Outcome outcome = step("bert-mlm", out, " -mb 1");
        assertThat(outcome.status()).as(outcome.err()).isZero();
        check("bert-mlm", out);
    }

    @Test
    void withoutLabelsItSaysWhatIsMissing() {
        Path out = folder.resolve("out.safetensors");
        Path in = folder.resolve("in.safetensors");
        try (SafetensorsFile golden = CommandLine.golden("llama")) {
            var ids = golden.find("inputs.input_ids").orElseThrow();
            org.rduzoo.checkpoint.safetensors.SafetensorsWriter.write(
                    in,
                    List.of(new org.rduzoo.samba.Weights.Weight("input_ids", ids.type(), "", ids.data())),
                    java.util.Map.of(),
                    true);
        }
        Outcome outcome = line("run llama --checkpoint %s --inputs %s --outputs %s".formatted(tiny("llama"), in, out));
        assertThat(outcome.status()).isEqualTo(1);
        assertThat(outcome.err()).contains("A training step needs labels");
    }

    private Outcome step(String name, Path out, String more) {
        String model = name.replaceFirst("(llama|bert|unet).*", "$1");
        return line("run %s --checkpoint %s --inputs %s --outputs %s"
                .formatted(model, tiny(name), CommandLine.inputs(name, folder), out)
                .concat(STEP + (more.contains("--precision") ? "" : " --precision fp32") + more));
    }

    private static void check(String name, Path out) {
        try (SafetensorsFile golden = CommandLine.golden(name);
                SafetensorsFile actual = SafetensorsFile.open(out)) {
            double norm = dense(golden, "grad_norm").data()[0];
            assertThat(dense(actual, "loss").data()[0])
                    .isCloseTo(dense(golden, "loss").data()[0], within(1e-4));
            assertThat(dense(actual, "grad_norm").data()[0]).isCloseTo(norm, within(RELATIVE * norm));
            assertThat(named(golden, "grads.")).isNotEmpty();
            for (String parameter : named(golden, "grads.")) {
                double[] expected = dense(golden, "grads." + parameter).data();
                double[] found = dense(actual, "grads." + parameter).data();
                double greatest = Stream.of(expected)
                        .flatMapToDouble(java.util.Arrays::stream)
                        .map(Math::abs)
                        .max()
                        .orElse(0);
                for (int i = 0; i < expected.length; i++) {
                    assertThat(found[i])
                            .as("grads.%s[%d]", parameter, i)
                            .isCloseTo(expected[i], within(RELATIVE * greatest + OF_NORM * norm));
                }
            }
        }
    }

    /// What is named after `prefix`.
    private static List<String> named(SafetensorsFile golden, String prefix) {
        return golden.names().stream()
                .filter(n -> n.startsWith(prefix))
                .map(n -> n.substring(prefix.length()))
                .toList();
    }

    private static Dense dense(SafetensorsFile file, String name) {
        var weight = file.find(name).orElseThrow(() -> new AssertionError(name + " is not in " + file.source()));
        return Feed.dense(weight.type(), weight.type().dtype(), weight.segment());
    }
}
