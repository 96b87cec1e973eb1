package org.rduzoo.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Dense;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.Reference;
import org.rduzoo.ir.Type;
import org.rduzoo.samba.DecoderGraphs;
import org.rduzoo.samba.DecoderModel;
import org.rduzoo.samba.Params;
import org.rduzoo.samba.Trace;

/// What every decoder of the zoo keeps. A model's test extends this and names its answers:
///
/// ```java
/// final class LlamaTest extends DecoderContract {
///     LlamaTest() {
///         super(new LlamaModel(), "llama", "llama3-scaled");
///     }
/// }
/// ```
public abstract class DecoderContract extends ModelContract {

    /// What bf16 may cost, relative to the greatest element of an output. The answers come from weights that are random
    /// and large; PyTorch's own bf16 strays from them by up to 0.075.
    public static final double BF16_TOLERANCE = 1 / 12.0;

    /// The tokens that a prompt brings at a time: so few that a window makes a ring of the cache.
    private static final int CHUNK = 8;

    private final DecoderModel model;

    /// @param folders the folders of [ModelGolden]s beside the test
    protected DecoderContract(DecoderModel model, String... folders) {
        super(BF16_TOLERANCE, folders);
        this.model = model;
    }

    /// The graph that yields the outputs and the loss of `golden`, as it is traced.
    public static Graph trace(DecoderModel model, ModelGolden golden) {
        return forward(model, golden).graph();
    }

    private static Trace forward(DecoderModel model, ModelGolden golden) {
        int[] dims = golden.batchAndTokens();
        return DecoderGraphs.forward(model.name(), model, golden.config(), dims[0], dims[1], true);
    }

    @Override
    final Trace forward(ModelGolden golden) {
        return forward(model, golden);
    }

    @Override
    final Object build(ModelGolden golden, Params params) {
        return model.build(golden.config(), params);
    }

    @ParameterizedTest
    @MethodSource("goldens")
    void greedyDecodingWithACacheContinuesAsKnown(ModelGolden golden) {
        Dense prompt = golden.tensor("inputs.prompt");
        Dense generated = golden.tensor("generated");
        int length = generated.shape().dim(1);
        Stepper stepper = new Stepper(golden, 1, length);
        Dense logits = stepper.step(prompt, 0);
        for (int t = prompt.shape().dim(1); t < length; t++) {
            int next = argMax(logits, 0);
            assertThat(next).as("token %d", t).isEqualTo((int) generated.data()[t]);
            if (t + 1 < length) {
                logits = stepper.step(new Dense(Type.of(DType.I64, 1, 1), new double[] {next}), t);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("goldens")
    void aBatchOfPaddedPromptsInChunksGivesEachRowItsOwnLogits(ModelGolden golden) {
        Dense ids = golden.tensor("padded.input_ids");
        Dense mask = golden.tensor("padded.attention_mask");
        Dense expected = golden.tensor("padded.logits");
        int batch = ids.shape().dim(0);
        int tokens = ids.shape().dim(1);
        int vocabulary = expected.shape().dim(2);
        long[] valid = new long[batch];
        for (int i = 0; i < mask.data().length; i++) {
            valid[i / tokens] += (long) mask.data()[i];
        }
        Stepper stepper = new Stepper(golden, batch, tokens);
        for (int start = 0; start < tokens; start += CHUNK) {
            double[] part = new double[batch * CHUNK];
            for (int i = 0; i < part.length; i++) {
                part[i] = ids.data()[i / CHUNK * tokens + start + i % CHUNK];
            }
            long[] soFar = new long[batch];
            for (int b = 0; b < batch; b++) {
                soFar[b] = Math.min(valid[b], start + CHUNK);
            }
            Dense logits = stepper.step(new Dense(Type.of(DType.I64, batch, CHUNK), part), start, soFar);
            for (int b = 0; b < batch; b++) {
                if (valid[b] > start && valid[b] <= start + CHUNK) {
                    int row = (b * tokens + (int) valid[b] - 1) * vocabulary;
                    assertNear("row " + b, row(logits, b), rowAt(expected, row, vocabulary));
                }
            }
        }
    }

    private static Dense row(Dense logits, int b) {
        int vocabulary = logits.shape().dim(1);
        return rowAt(logits, b * vocabulary, vocabulary);
    }

    private static Dense rowAt(Dense x, int from, int length) {
        return new Dense(Type.of(DType.F32, length), Arrays.copyOfRange(x.data(), from, from + length));
    }

    private static int argMax(Dense logits, int b) {
        double[] row = row(logits, b).data();
        int best = 0;
        for (int i = 1; i < row.length; i++) {
            best = row[i] > row[best] ? i : best;
        }
        return best;
    }

    /// Runs the step graphs of a model in the reference interpreter, and keeps the cache.
    private final class Stepper {

        private final ModelGolden golden;
        private final int batch;
        private final int slots;
        private final Map<Integer, Graph> graphs = new HashMap<>();
        private final Map<String, Dense> state = new HashMap<>();

        Stepper(ModelGolden golden, int batch, int slots) {
            this.golden = golden;
            this.batch = batch;
            this.slots = slots;
        }

        Dense step(Dense ids, int start) {
            long[] valid = new long[batch];
            Arrays.fill(valid, start + ids.shape().dim(1));
            return step(ids, start, valid);
        }

        Dense step(Dense ids, int start, long[] valid) {
            int tokens = ids.shape().dim(1);
            Graph graph = graphs.computeIfAbsent(
                    tokens,
                    t -> compiled(
                            DecoderGraphs.step("step", model, golden.config(), batch, t, slots, CHUNK)
                                    .graph(),
                            FP32));
            Map<String, Dense> given = new HashMap<>(golden.parameters());
            given.put("input_ids", ids);
            double[] starts = new double[batch];
            Arrays.fill(starts, start);
            given.put("start", new Dense(Type.of(DType.I64, batch), starts));
            given.put(
                    "valid",
                    new Dense(
                            Type.of(DType.I64, batch),
                            Arrays.stream(valid).asDoubleStream().toArray()));
            graph.inputs(Graph.Kind.STATE)
                    .forEach(i -> given.put(
                            i.name(),
                            state.getOrDefault(i.name(), Dense.zeros(i.value().type()))));
            Map<String, Dense> outputs = Reference.run(graph, given);
            graph.outputs()
                    .forEach(o -> o.alias()
                            .ifPresent(name -> state.put(name, Objects.requireNonNull(outputs.get(o.name())))));
            return Objects.requireNonNull(outputs.get("logits"));
        }
    }
}
