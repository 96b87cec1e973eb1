package org.rduzoo.samba;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Dense;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.Reference;
import org.rduzoo.ir.Type;
import org.rduzoo.ir.Verifier;
import org.rduzoo.samba.nn.Embedding;

/// The graphs around an encoder, over the smallest there is: each token's vector is its row of a table.
final class EncoderGraphsTest {

    private static final Config CONFIG = Config.parse("config.json", "{}");
    private static final Dense TABLE = f32(new double[] {3, 4, 0, 0, -1, 2, 5, 12}, 4, 2);

    @Test
    void meanPoolingLeavesPaddingOut() {
        Dense out = embedding(Pooling.MEAN, false, new double[] {0, 2, 3, 3, 3, 3}, new double[] {1, 1, 0, 1, 0, 0});
        assertThat(out).isEqualTo(f32(new double[] {1, 3, 5, 12}, 2, 2));
    }

    @Test
    void meanPoolingOfNothingButPaddingIsZero() {
        Dense out = embedding(Pooling.MEAN, true, new double[] {0, 2, 3, 3, 3, 3}, new double[] {0, 0, 0, 1, 1, 1});
        assertThat(out.data()).startsWith(0, 0);
        assertThat(out.data()[2]).isCloseTo(5 / 13.0, within(1e-12));
    }

    @Test
    void clsPoolingTakesTheFirstToken() {
        Dense out = embedding(Pooling.CLS, false, new double[] {2, 0, 0, 3, 0, 0}, new double[] {1, 1, 1, 1, 1, 1});
        assertThat(out).isEqualTo(f32(new double[] {-1, 2, 5, 12}, 2, 2));
    }

    @Test
    void withoutPoolingEachTokenHasItsVector() {
        Dense out = embedding(Pooling.NONE, false, new double[] {2, 0, 0, 3, 0, 1}, new double[] {1, 0, 0, 1, 1, 1});
        assertThat(out).isEqualTo(f32(new double[] {-1, 2, 3, 4, 3, 4, 5, 12, 3, 4, 0, 0}, 2, 3, 2));
    }

    @Test
    void normalizingScalesToLengthOneAndLeavesZeroAlone() {
        Dense out = embedding(Pooling.CLS, true, new double[] {0, 0, 0, 1, 0, 0}, new double[] {1, 1, 1, 1, 1, 1});
        assertThat(out.data()).containsExactly(new double[] {0.6, 0.8, 0, 0}, within(1e-12));
    }

    @Test
    void forwardYieldsTheOutputsOfTheHeadAndTheLossIfAsked() {
        Graph plain = EncoderGraphs.forward("table", new Table(true), CONFIG, 1, 2, false)
                .graph();
        assertThat(plain.outputs()).extracting(Graph.Output::name).containsExactly("last_hidden_state");
        Graph graph = Verifier.check(EncoderGraphs.forward("table", new Table(true), CONFIG, 1, 2, true)
                .graph());
        assertThat(graph.outputs()).extracting(Graph.Output::name).containsExactly("last_hidden_state", "loss");
        Map<String, Dense> given = given(new double[] {0, 3}, new double[] {1, 1}, 1, 2);
        given.put("weights", f32(new double[] {1, 0, 0, 2}, 1, 2, 2));
        assertThat(Reference.run(graph, given).get("loss")).isEqualTo(Dense.scalar(DType.F32, 3 + 24));
    }

    @Test
    void aLossWithoutATargetIsRefused() {
        assertThatThrownBy(() -> EncoderGraphs.forward("table", new Table(false), CONFIG, 1, 2, true))
                .isInstanceOf(UserError.class)
                .hasMessage("This model yields nothing to measure a loss on.");
    }

    private static Dense embedding(Pooling pooling, boolean normalize, double[] ids, double[] mask) {
        Trace trace = EncoderGraphs.embedding("table", new Table(true), CONFIG, 2, 3, pooling, normalize);
        return Objects.requireNonNull(Reference.run(Verifier.check(trace.graph()), given(ids, mask, 2, 3))
                .get("embedding"));
    }

    private static Map<String, Dense> given(double[] ids, double[] mask, int batch, int tokens) {
        Type type = Type.of(DType.I64, batch, tokens);
        Map<String, Dense> given = new LinkedHashMap<>();
        given.put("input_ids", new Dense(type, ids));
        given.put("attention_mask", new Dense(type, mask));
        given.put("token_type_ids", Dense.zeros(type));
        given.put("table.weight", TABLE);
        return given;
    }

    private static Dense f32(double[] data, int... dims) {
        return new Dense(Type.of(DType.F32, dims), data);
    }

    private record Table(boolean measured) implements EncoderModel {

        @Override
        public String name() {
            return "table";
        }

        @Override
        public String summary() {
            return "a table";
        }

        @Override
        public Optional<DefaultCheckpoint> defaultCheckpoint() {
            return Optional.empty();
        }

        @Override
        public Encoder build(Config config, Params params) {
            return new Rows(Embedding.of(params.at("table"), 4, 2), measured);
        }

        @Override
        public int maxSequenceLength(Config config) {
            return Integer.MAX_VALUE;
        }
    }

    private record Rows(Embedding table, boolean measured) implements Encoder {

        @Override
        public Head head() {
            return Head.NONE;
        }

        @Override
        public List<String> labels() {
            return List.of();
        }

        @Override
        public Tensor hidden(TextInputs inputs) {
            return table.apply(inputs.inputIds());
        }

        @Override
        public SequencedMap<String, Tensor> outputs(Tensor hidden) {
            SequencedMap<String, Tensor> outputs = new LinkedHashMap<>();
            outputs.put("last_hidden_state", hidden);
            return outputs;
        }

        @Override
        public Optional<Target> target(int batch, int tokens) {
            return measured
                    ? Optional.of(new Target("weights", DType.F32, List.of(batch, tokens, 2), Encoder.Reduction.SUM))
                    : Optional.empty();
        }

        @Override
        public Tensor losses(Map<String, Tensor> outputs, Tensor target) {
            return Objects.requireNonNull(outputs.get("last_hidden_state")).times(target);
        }

        @Override
        public Tensor loss(Map<String, Tensor> outputs, Tensor target) {
            return losses(outputs, target).sum();
        }
    }
}
