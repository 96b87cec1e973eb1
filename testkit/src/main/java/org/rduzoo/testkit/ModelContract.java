package org.rduzoo.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Dense;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.GraphText;
import org.rduzoo.ir.Pass;
import org.rduzoo.ir.Reference;
import org.rduzoo.ir.Verifier;
import org.rduzoo.ir.pass.Precision;
import org.rduzoo.ir.pass.PrecisionOptions;
import org.rduzoo.ir.pass.Rewrites;
import org.rduzoo.samba.Params;
import org.rduzoo.samba.Trace;
import org.rduzoo.samba.Weights;

/// What every model of the zoo keeps, whatever its kind.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class ModelContract {

    static final PrecisionOptions FP32 = PrecisionOptions.DEFAULTS.withDType(DType.F32);

    private final double bf16Tolerance;
    private final String[] folders;

    /// @param bf16Tolerance what bf16 may cost, relative to the greatest element of an output
    /// @param folders the folders of [ModelGolden]s beside the test
    ModelContract(double bf16Tolerance, String... folders) {
        this.bf16Tolerance = bf16Tolerance;
        this.folders = folders.clone();
    }

    /// The graph that yields the outputs and the loss of `golden`.
    abstract Trace forward(ModelGolden golden);

    /// Builds the model over `params`.
    abstract Object build(ModelGolden golden, Params params);

    public final Stream<ModelGolden> goldens() {
        return Stream.of(folders).map(f -> ModelGolden.beside(getClass(), f));
    }

    private Graph trace(ModelGolden golden) {
        return forward(golden).graph();
    }

    @ParameterizedTest
    @MethodSource("goldens")
    void theModelYieldsTheKnownOutputsAndLoss(ModelGolden golden) {
        Graph graph = compiled(golden, FP32);
        Map<String, Dense> outputs = Reference.run(graph, golden.given(graph));
        assertThat(outputs.keySet())
                .containsExactlyInAnyOrderElementsOf(golden.outputs().keySet());
        outputs.forEach((name, actual) -> assertNear(name, actual, golden.output(name)));
    }

    @ParameterizedTest
    @MethodSource("goldens")
    void theRewritesKeepTheMeaning(ModelGolden golden) {
        Graph traced = Verifier.check(new Precision(FP32).run(trace(golden)));
        Map<String, Dense> before = Reference.run(traced, golden.given(traced));
        Graph rewritten = compiled(golden, FP32);
        assertThat(rewritten.nodes()).hasSizeLessThan(traced.nodes().size());
        Reference.run(rewritten, golden.given(rewritten))
                .forEach((name, after) -> assertThat(RelativeError.of(after, before.getOrDefault(name, after)))
                        .as(name)
                        .isLessThan(1e-12));
    }

    @ParameterizedTest
    @MethodSource("goldens")
    void aTrainingStepYieldsTheKnownGradientsAndWeights(ModelGolden golden) {
        Graph joint = Verifier.check(TrainingAnswers.trainingGraph(trace(golden)));
        TrainingAnswers.check(golden, Reference.run(joint, TrainingAnswers.given(golden, joint)));
        Graph rewritten = compiled(joint, FP32);
        assertThat(rewritten.nodes()).hasSizeLessThan(joint.nodes().size());
        TrainingAnswers.check(golden, Reference.run(rewritten, TrainingAnswers.given(golden, rewritten)));
    }

    @ParameterizedTest
    @MethodSource("goldens")
    void bf16StaysNearTheKnownOutputs(ModelGolden golden) {
        Graph graph = compiled(golden, PrecisionOptions.DEFAULTS);
        Reference.run(graph, golden.given(graph))
                .forEach((name, actual) -> assertThat(RelativeError.of(actual, golden.output(name)))
                        .as(name)
                        .isGreaterThan(0)
                        .isLessThan(bf16Tolerance));
    }

    @ParameterizedTest
    @MethodSource("goldens")
    void theTextFormHoldsTheWholeGraph(ModelGolden golden) {
        for (Graph graph :
                new Graph[] {trace(golden), compiled(golden, FP32), compiled(golden, PrecisionOptions.DEFAULTS)}) {
            String text = GraphText.print(graph);
            Graph parsed = Verifier.check(GraphText.parse(text));
            assertThat(GraphText.print(parsed)).isEqualTo(text);
            assertThat(parsed.nodes()).hasSameSizeAs(graph.nodes());
        }
    }

    @ParameterizedTest
    @MethodSource("goldens")
    void theModelAsksForExactlyTheWeightsOfItsCheckpoint(ModelGolden golden) {
        assertThat(forward(golden).parameters())
                .extracting(Trace.Parameter::name)
                .containsExactlyInAnyOrderElementsOf(golden.parameters().keySet());
        try (Weights weights = golden.open()) {
            assertThat(build(golden, Params.of(new Trace("weights"), weights))).isNotNull();
        }
    }

    @ParameterizedTest
    @MethodSource("goldens")
    void tracingTwiceGivesTheSameGraph(ModelGolden golden) {
        assertThat(GraphText.print(trace(golden))).isEqualTo(GraphText.print(trace(golden)));
    }

    static Graph compiled(Graph traced, PrecisionOptions precision) {
        Graph graph = Verifier.check(new Precision(precision).run(Verifier.check(traced)));
        for (Pass pass : Rewrites.standard()) {
            graph = Verifier.check(pass.run(graph));
        }
        return graph;
    }

    private Graph compiled(ModelGolden golden, PrecisionOptions precision) {
        return compiled(trace(golden), precision);
    }

    static void assertNear(String name, Dense actual, Dense expected) {
        assertThat(actual.type()).as(name).isEqualTo(expected.type());
        double tolerance = ModelGolden.tolerance(expected);
        for (int i = 0; i < expected.data().length; i++) {
            assertThat(actual.data()[i]).as("%s[%d]", name, i).isCloseTo(expected.data()[i], within(tolerance));
        }
    }
}
