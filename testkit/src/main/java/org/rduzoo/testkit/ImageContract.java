package org.rduzoo.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.rduzoo.ir.Dense;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.Reference;
import org.rduzoo.ir.Window;
import org.rduzoo.ir.pass.PrecisionOptions;
import org.rduzoo.samba.ImageGraphs;
import org.rduzoo.samba.ImageModel;
import org.rduzoo.samba.Params;
import org.rduzoo.samba.Trace;
import org.rduzoo.samba.Weights;

/// What every image model of the zoo keeps. A model's test extends this and names its answers, which hold
/// `outputs.logits_eval`, `outputs.logits_train`, `loss`, and the running statistics after a training pass as
/// `outputs.after.NAME`.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class ImageContract {

    /// What bf16 may cost, relative to the greatest element of an output.
    public static final double BF16_TOLERANCE = 1 / 16.0;

    /// What bf16 may cost all gradients together, relative to their norm: much, where the answers normalise eight
    /// places.
    public static final double BF16_GRADIENTS = 1 / 2.0;

    private static final String BUFFER = ".num_batches_tracked";

    private final ImageModel model;
    private final String[] folders;

    /// @param folders the folders of [ModelGolden]s beside the test
    protected ImageContract(ImageModel model, String... folders) {
        this.model = model;
        this.folders = folders.clone();
    }

    public final Stream<ModelGolden> goldens() {
        return Stream.of(folders).map(f -> ModelGolden.beside(getClass(), f));
    }

    /// The graph of inference for the images of `golden`, as it is traced.
    public static Trace inference(ImageModel model, ModelGolden golden) {
        Dense image = Objects.requireNonNull(golden.inputs().get("image"));
        return ImageGraphs.inference(
                model.name(), model, golden.config(), image.shape().dim(0), Window.places(image.shape()));
    }

    /// The graph of the training pass for the images of `golden`, as it is traced.
    public static Trace training(ImageModel model, ModelGolden golden) {
        Dense image = Objects.requireNonNull(golden.inputs().get("image"));
        return ImageGraphs.training(
                model.name(), model, golden.config(), image.shape().dim(0), Window.places(image.shape()));
    }

    /// What a training pass yields, by the names of its graph's outputs.
    public static Map<String, Dense> trainingAnswers(ModelGolden golden) {
        Map<String, Dense> answers = new HashMap<>();
        golden.outputs().forEach((name, tensor) -> {
            if (name.startsWith("after.")) {
                answers.put(name.substring("after.".length()), tensor);
            }
        });
        answers.put("logits", golden.output("logits_train"));
        answers.put("loss", golden.output("loss"));
        return answers;
    }

    @ParameterizedTest
    @MethodSource("goldens")
    void inferenceYieldsTheKnownLogits(ModelGolden golden) {
        Graph graph = ModelContract.compiled(inference(model, golden).graph(), ModelContract.FP32);
        Dense logits =
                Objects.requireNonNull(Reference.run(graph, golden.given(graph)).get("logits"));
        ModelContract.assertNear("logits", logits, golden.output("logits_eval"));
    }

    @ParameterizedTest
    @MethodSource("goldens")
    void aTrainingPassYieldsTheKnownLogitsLossAndStatistics(ModelGolden golden) {
        Graph graph = ModelContract.compiled(training(model, golden).graph(), ModelContract.FP32);
        Map<String, Dense> outputs = Reference.run(graph, golden.given(graph));
        Map<String, Dense> answers = trainingAnswers(golden);
        assertThat(outputs.keySet()).isEqualTo(answers.keySet());
        answers.forEach((name, expected) ->
                ModelContract.assertNear(name, Objects.requireNonNull(outputs.get(name)), expected));
    }

    @ParameterizedTest
    @MethodSource("goldens")
    void aTrainingStepYieldsTheKnownGradientsAndWeights(ModelGolden golden) {
        Graph joint = TrainingAnswers.trainingGraph(training(model, golden).graph());
        Graph rewritten = ModelContract.compiled(joint, ModelContract.FP32);
        TrainingAnswers.check(golden, Reference.run(rewritten, TrainingAnswers.given(golden, rewritten)));
    }

    @ParameterizedTest
    @MethodSource("goldens")
    void bf16StaysNearTheKnownLogits(ModelGolden golden) {
        Graph graph = ModelContract.compiled(inference(model, golden).graph(), PrecisionOptions.DEFAULTS);
        Dense logits =
                Objects.requireNonNull(Reference.run(graph, golden.given(graph)).get("logits"));
        assertThat(RelativeError.of(logits, golden.output("logits_eval")))
                .isGreaterThan(0)
                .isLessThan(BF16_TOLERANCE);
    }

    @ParameterizedTest
    @MethodSource("goldens")
    void theModelAsksForExactlyTheWeightsOfItsCheckpoint(ModelGolden golden) {
        List<String> names = golden.parameters().keySet().stream()
                .filter(n -> !n.endsWith(BUFFER))
                .toList();
        assertThat(inference(model, golden).parameters())
                .extracting(Trace.Parameter::name)
                .containsExactlyInAnyOrderElementsOf(names);
        try (Weights weights = golden.open()) {
            assertThat(model.build(golden.config(), Params.of(new Trace("weights"), weights)))
                    .isNotNull();
        }
    }
}
