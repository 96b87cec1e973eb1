package org.rduzoo.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.rduzoo.ir.SectionType;
import org.rduzoo.samba.Samba;
import org.rduzoo.samba.SambaLoader;
import org.rduzoo.samba.SambaTensor;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.Weights;
import org.rduzoo.samba.app.App;
import org.rduzoo.samba.app.AppArgs;
import org.rduzoo.samba.app.AppOption;
import org.rduzoo.samba.optim.AdamW;
import org.rduzoo.samba.optim.Sgd;
import org.rduzoo.samba.session.Session;

/// The first program of one's own, and what a session promises it: small networks on few digits.
final class FfnTest {

    private static final int BATCH = 12;
    private static final int WIDTH = 16;
    private static final List<AppOption> OPTIONS = List.of(Ffn.WIDTH, Ffn.EPOCHS, Ffn.LR);

    @TempDir
    private Path folder;

    @Test
    void itLearns() {
        compile("-b=50", "--width=64");
        try (Session session = trace("run")) {
            session.output("loss").snGrad(scale(50));
            try (SambaLoader digits = Digits.loader(2000, 50, 1)) {
                for (int step = 0; step < 2 * digits.stepsPerEpoch(); step++) {
                    session.run(digits.next().tensors().values(), session.outputs());
                }
            }
            assertThat(session.steps()).isEqualTo(80);
            assertThat(accuracy(session, 2)).isGreaterThan(0.85);
        }
    }

    private static double accuracy(Session session, long seed) {
        try (SambaLoader digits = Digits.loader(1000, 50, seed)) {
            return Ffn.accuracy(session, digits);
        }
    }

    @Test
    void snGradIsTheSlopeOfTheWeightedLoss() {
        compile("-b=" + BATCH, "--precision=fp32");
        Collection<SambaTensor> batch = batch(1);
        try (Session session = trace("run")) {
            float[] scale = new float[BATCH];
            scale[0] = 0.7f;
            scale[5] = 0.3f;
            session.output("loss").snGrad(SambaTensor.of("grad_scale", scale, BATCH));
            session.run(batch, session.outputs(), SectionType.FWD, SectionType.BCKWD);
            assertThat(session.loss())
                    .isCloseTo(
                            session.output("loss")
                                    .times(session.output("loss").snGrad().orElseThrow())
                                    .sum(),
                            within(1e-6));
            for (String name : List.of("in.weight", "norm1.weight", "hidden.weight", "hidden.bias", "out.bias")) {
                SambaTensor weight = session.tensor(name);
                SambaTensor gradient = weight.snGrad().orElseThrow().toCpu();
                int steepest = IntStream.range(0, (int) gradient.elements())
                        .boxed()
                        .max((a, b) -> Double.compare(Math.abs(gradient.get(a)), Math.abs(gradient.get(b))))
                        .orElseThrow();
                double up = lossAt(session, batch, weight, steepest, 1e-3);
                double down = lossAt(session, batch, weight, steepest, -1e-3);
                assertThat((up - down) / 2e-3)
                        .as(name)
                        .isCloseTo(gradient.get(steepest), within(1e-2 * Math.abs(gradient.get(steepest))));
            }
        }
    }

    private static double lossAt(Session session, Collection<SambaTensor> batch, SambaTensor weight, int i, double by) {
        float before = (float) weight.get(i);
        weight.segment().setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) (before + by));
        session.run(batch, session.outputs(), SectionType.FWD);
        weight.segment().setAtIndex(ValueLayout.JAVA_FLOAT, i, before);
        return session.loss();
    }

    @ParameterizedTest
    @ValueSource(strings = {"--o3", "--o1", "--o0"})
    void partsByTypeOrByNumberDoWhatOneRunDoes(String level) {
        compile("-b=" + BATCH, level);
        try (Session whole = trace("run");
                Session byType = trace("run");
                Session byNumber = trace("run")) {
            for (int step = 0; step < 3; step++) {
                Collection<SambaTensor> batch = batch(step);
                whole.run(batch, whole.outputs());
                byType.run(batch, byType.outputs(), SectionType.FWD);
                byType.run(batch, byType.outputs(), SectionType.BCKWD);
                byType.run(batch, byType.outputs(), SectionType.GRADNORM, SectionType.OPT);
                List<Integer> all =
                        IntStream.range(0, byNumber.sections().size()).boxed().toList();
                int middle = all.size() / 2;
                byNumber.runSections(batch, byNumber.outputs(), all.subList(0, middle));
                byNumber.runSections(batch, byNumber.outputs(), all.subList(middle, all.size()));
            }
            assertThat(numbers(byType)).isEqualTo(numbers(whole));
            assertThat(numbers(byNumber)).isEqualTo(numbers(whole));
        }
    }

    /// Loss, logits, weights and gradients, bit by bit.
    private static List<String> numbers(Session session) {
        List<String> numbers = new ArrayList<>(List.of(Double.toString(session.gradNorm())));
        for (SambaTensor output : session.outputs()) {
            numbers.add(output.name() + Arrays.toString(output.toFloats()));
        }
        Weights weights = session.toCpu();
        for (String name : weights.names()) {
            SambaTensor weight = session.tensor(name);
            numbers.add(name + Arrays.toString(weight.toFloats()));
            numbers.add(name + Arrays.toString(weight.snGrad().orElseThrow().toFloats()));
        }
        return numbers;
    }

    @Test
    void microBatchesAddUpToOneBatch() {
        compile("-b=" + BATCH, "--precision=fp32");
        AppArgs parts = arguments("compile", "-b=" + BATCH, "-mb=4", "--precision=fp32", "--pef-name=parts");
        Session.compile(Ffn.model(WIDTH), inputs(BATCH), AdamW.of(0.01), parts);
        try (Session one = trace("run");
                Session three = trace("run", "--pef-name=parts")) {
            for (Session session : List.of(one, three)) {
                session.output("loss").snGrad(scale(BATCH));
                session.run(batch(1), session.outputs());
            }
            assertThat(three.loss()).isCloseTo(one.loss(), within(1e-6));
            assertThat(three.gradNorm()).isCloseTo(one.gradNorm(), within(1e-5));
            assertNear(three.output("logits"), one.output("logits"));
            assertNear(
                    three.tensor("in.weight").snGrad().orElseThrow(),
                    one.tensor("in.weight").snGrad().orElseThrow());
        }
    }

    private static void assertNear(SambaTensor found, SambaTensor expected) {
        assertThat(found.minus(expected).map(Math::abs).sum() / expected.elements())
                .isLessThan(1e-6);
    }

    @Test
    void aLearningRateOfTheRunChangesWhatItDoesAndNoPef() throws IOException {
        compile("-b=" + BATCH);
        Path pef = folder.resolve("ffn/ffn.pef");
        byte[] before = Files.readAllBytes(pef);
        try (Session session = trace("run")) {
            SambaTensor weight = session.tensor("out.weight");
            SambaTensor first = weight.toCpu();
            session.run(batch(1), session.outputs(), Map.of("lr", 0.0));
            assertThat(weight.toFloats()).isEqualTo(first.toFloats());
            session.run(batch(1), session.outputs(), Map.of("lr", 0.1, "weight_decay", 0.0));
            double far = weight.minus(first).norm();
            session.run(batch(1), session.outputs());
            assertThat(far).isGreaterThan(5 * weight.minus(first).norm() - 5 * far);
            assertThatThrownBy(() -> session.run(batch(1), session.outputs(), Map.of("lrr", 0.1)))
                    .isInstanceOf(UserError.class)
                    .hasMessageContaining("no hyperparameter lrr. Did you mean lr?");
        }
        AppArgs again = arguments("compile", "-b=" + BATCH, "--lr=7");
        Session.compile(Ffn.model(WIDTH), inputs(BATCH), AdamW.of(7), again);
        assertThat(Files.readAllBytes(pef)).isEqualTo(before);
    }

    @Test
    void aCopyOnTheHostStaysAsItIs() {
        compile("-b=" + BATCH);
        try (Session session = trace("run")) {
            session.run(batch(1), session.outputs());
            SambaTensor logits = session.output("logits").toCpu();
            float[] copied = logits.toFloats();
            session.run(batch(2), session.outputs());
            assertThat(logits.toFloats()).isEqualTo(copied);
            assertThat(session.output("logits").toFloats()).isNotEqualTo(copied);
        }
    }

    @Test
    void whatIsTrainedIsSavedAndInferredWith() {
        Path weights = folder.resolve("weights.safetensors");
        assertThat(app("compile", "-b=50", "--width=32")).isEmpty();
        assertThat(app("run", "-e=1", "--ckpt-path=" + weights)).isEmpty();
        assertThat(weights).exists();
        assertThat(app("run", "-e=1", "--ckpt-path=" + weights)).contains("exists", "--force");
        assertThat(app("compile", "--inference", "-b=50", "--width=32", "--pef-name=infer"))
                .isEmpty();
        assertThat(app("run", "--pef-name=infer", "--init-ckpt-path=" + weights))
                .isEmpty();
        try (Session trained = trace("run", "--init-ckpt-path=" + weights)) {
            assertThat(accuracy(trained, 257)).isGreaterThan(0.8);
        }
    }

    @Test
    void theReferenceAgrees() {
        for (String precision : List.of("fp32", "bf16")) {
            compile("-b=" + BATCH, "--precision=" + precision);
            try (Session session = trace("test")) {
                assertThat(session.test(batch(3))).hasSizeGreaterThan(40).allMatch(d -> d.ok());
            }
        }
    }

    @Test
    void mistakesAreNamed() {
        assertThat(app("run")).contains("there is no PEF", "ffn.pef", "Compile one first: ffn compile");
        compile("-b=" + BATCH);
        assertThat(app("run", "-b=64")).contains("compiled with --batch-size 12, but run was given --batch-size 64");
        assertThat(app("run", "--width=17")).contains("compiled with --width 16, but run was given --width 17");
        assertThat(app("rum")).contains("no command rum. Did you mean run?");
        assertThat(app("run", "--lrr=1")).contains("no option --lrr. Did you mean --lr?");
        assertThat(app("compile", "-b=10", "-mb=4")).contains("must be a multiple of --microbatch-size");
        AppArgs run = arguments("run");
        assertThatThrownBy(() -> Session.trace(Ffn.model(WIDTH), inputs(BATCH), Sgd.of(1), run))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("another model, for other shapes or with another optimizer");
        assertThatThrownBy(() -> Session.trace(Ffn.model(WIDTH), inputs(5), AdamW.of(1), run))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("input image is f32[5, 784], but its first dimension must count samples: 12");
        try (Session session = trace("run")) {
            List<SambaTensor> out = session.outputs();
            assertThatThrownBy(() -> session.run(inputs(5), out))
                    .isInstanceOf(UserError.class)
                    .hasMessageContaining("input image is f32[5, 784], but the model was compiled for f32[12, 784]");
            assertThatThrownBy(() -> session.run(inputs(BATCH).subList(0, 1), out))
                    .isInstanceOf(UserError.class)
                    .hasMessageContaining("also takes the input digit");
            assertThatThrownBy(() -> session.runSections(inputs(BATCH), out, List.of(99)))
                    .isInstanceOf(UserError.class)
                    .hasMessageContaining("there is no section 99; this PEF has sections 0 to");
            assertThatThrownBy(() -> session.runSections(
                            inputs(BATCH), out, List.of(session.sections().size() - 1)))
                    .isInstanceOf(UserError.class)
                    .hasMessageContaining("first, by number");
            assertThatThrownBy(() -> session.tensor("in.wait"))
                    .isInstanceOf(UserError.class)
                    .hasMessageContaining("Did you mean in.weight?");
        }
        AppArgs infer = arguments("compile", "-b=" + BATCH, "--inference");
        Session.compile(Ffn.model(WIDTH), inputs(BATCH), AdamW.of(1), infer);
        try (Session session = trace("run")) {
            assertThatThrownBy(() -> session.run(inputs(BATCH), session.outputs(), SectionType.OPT))
                    .isInstanceOf(UserError.class)
                    .hasMessageContaining("no section of type [OPT]; it has [FWD]");
        }
    }

    private void compile(String... words) {
        AppArgs arguments = arguments("compile", words);
        Session.compile(
                Ffn.model(arguments.whole(Ffn.WIDTH)), inputs(arguments.batchSize()), AdamW.of(0.01), arguments);
    }

    private Session trace(String command, String... words) {
        AppArgs arguments = arguments(command, words);
        return Session.trace(
                Ffn.model(arguments.whole(Ffn.WIDTH)), inputs(arguments.batchSize()), AdamW.of(0.01), arguments);
    }

    private AppArgs arguments(String command, String... words) {
        return AppArgs.parse("ffn", words(command, words), OPTIONS);
    }

    private List<String> words(String command, String... words) {
        boolean wide = command.equals("compile") && Stream.of(words).noneMatch(w -> w.startsWith("--width"));
        return Stream.of(
                        Stream.of(command, "--output-folder=" + folder),
                        Stream.of("--width=" + WIDTH).filter(_ -> wide),
                        Stream.of(words))
                .flatMap(s -> s)
                .toList();
    }

    /// What the program complains of.
    private String app(String command, String... words) {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        PrintStream errors = new PrintStream(err, true, StandardCharsets.UTF_8);
        int status = new App("ffn", OPTIONS, Ffn::run).run(words(command, words), System.out, errors);
        String said = err.toString(StandardCharsets.UTF_8);
        assertThat(status == 0).as(said).isEqualTo(said.isEmpty());
        return said;
    }

    private static SambaTensor scale(int batch) {
        return new Samba().full("grad_scale", 1.0 / batch, batch);
    }

    private static List<SambaTensor> inputs(int batch) {
        Samba samba = new Samba();
        return List.of(samba.rand("image", batch, Digits.PIXELS), samba.randint("digit", 10, batch));
    }

    private static Collection<SambaTensor> batch(long seed) {
        return new Digits(BATCH, seed).batch(IntStream.range(0, BATCH).toArray());
    }
}
