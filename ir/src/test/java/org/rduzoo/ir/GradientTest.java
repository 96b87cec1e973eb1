package org.rduzoo.ir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.rduzoo.ir.TestGraphs.assertBreaks;
import static org.rduzoo.ir.TestGraphs.dense;
import static org.rduzoo.ir.TestGraphs.dims;
import static org.rduzoo.ir.TestGraphs.evaluate;
import static org.rduzoo.ir.TestGraphs.f32;
import static org.rduzoo.ir.TestGraphs.i64;
import static org.rduzoo.ir.TestGraphs.ramp;
import static org.rduzoo.ir.TestGraphs.result;
import static org.rduzoo.ir.TestGraphs.value;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// Operations of [Gradient]. That they are the gradients of what they say is held to finite differences elsewhere.
final class GradientTest {

    private static final Optional<Value> NONE = Optional.empty();

    @Test
    void attentionGradientKeepsItsConstraints() {
        Value q = value(DType.F32, 2, 4, 3, 8);
        Value k = value(DType.F32, 2, 2, 5, 8);
        Value out = value(DType.F32, 2, 4, 3, 8);
        Value logSum = value(DType.F32, 2, 4, 3);
        assertThat(attention(q, k, out, logSum, out).infer()).containsExactly(q.type(), k.type(), k.type());
        assertBreaks("C1", attention(q, k, value(DType.BF16, 2, 4, 3, 8), logSum, out));
        assertBreaks("C1", attention(q, k, out, logSum, value(DType.BF16, 2, 4, 3, 8)));
        assertBreaks("C2", attention(q, value(DType.F32, 2, 3, 5, 8), out, logSum, out));
        assertBreaks("C2", attention(q, k, out, value(DType.F32, 2, 4), out));
        assertBreaks("C2", attention(q, k, out, logSum, value(DType.F32, 2, 4, 3, 7)));
    }

    @Test
    void aQueryThatSeesNoKeyHasNoGradient() {
        Dense q = ramp(0.1, 1, 1, 2, 2);
        Dense k = ramp(0.2, 1, 1, 3, 2);
        Dense logSum = f32(dims(1, 1, 2), Double.NEGATIVE_INFINITY, Double.NEGATIVE_INFINITY);
        List<Dense> gradients = evaluate(
                v -> new Gradient.AttentionGradient(
                        v[0],
                        v[1],
                        v[1],
                        v[0],
                        v[2],
                        v[0],
                        NONE,
                        Optional.of(v[3]),
                        NONE,
                        NONE,
                        NONE,
                        NONE,
                        true,
                        0,
                        1,
                        DType.F32,
                        none()),
                q,
                k,
                logSum,
                i64(dims(1), 0));
        assertThat(gradients).allSatisfy(g -> assertThat(g.data()).containsOnly(0));
    }

    @Test
    void inBf16TheSoftmaxAndItsGradientAreRoundedBeforeTheirProducts() {
        Dense one = dense(DType.BF16, dims(1, 1, 1, 1), 1);
        Dense keys = dense(DType.BF16, dims(1, 1, 2, 1), 0.3125, 0);
        Dense values = dense(DType.BF16, dims(1, 1, 2, 1), 1, 0);
        double share = 1 / (1 + Math.exp(-0.3125));
        Dense out = dense(DType.BF16, dims(1, 1, 1, 1), DType.BF16.round(share));
        Dense logSum = f32(dims(1, 1, 1), Math.log(1 + Math.exp(0.3125)));
        List<Dense> gradients = evaluate(
                v -> new Gradient.AttentionGradient(
                        v[0], v[1], v[2], v[3], v[4], v[0], NONE, NONE, NONE, NONE, NONE, NONE, false, 0, 1, DType.F32,
                        none()),
                one,
                keys,
                values,
                out,
                logSum);
        assertThat(gradients.get(2).data()[0]).isEqualTo(DType.BF16.round(share));
        double byScore = DType.BF16.round(share * (1 - out.data()[0]));
        assertThat(gradients.get(1).data()[0]).isCloseTo(byScore, org.assertj.core.data.Offset.offset(1e-3));
        assertThat(gradients.get(1).data()[0])
                .isEqualTo(DType.BF16.round(gradients.get(1).data()[0]));
    }

    @Test
    void embeddingGradientAddsUpTheRowsOfAnId() {
        assertBreaks("C1", new Gradient.EmbeddingGradient(value(DType.F32, 2, 3), value(DType.I64, 3), 4, none()));
        assertBreaks("C1", new Gradient.EmbeddingGradient(value(DType.BF16, 2, 3), value(DType.I64, 2), 4, none()));
        assertBreaks("C1", new Gradient.EmbeddingGradient(value(DType.F32), value(DType.I64), 4, none()));
        assertBreaks("C2", new Gradient.EmbeddingGradient(value(DType.F32, 2, 3), value(DType.I64, 2), -1, none()));
        assertThat(result(
                        v -> new Gradient.EmbeddingGradient(v[0], v[1], 3, none()),
                        ramp(1, 3, 2),
                        i64(dims(3), 2, 0, 2)))
                .containsExactly(2, 3, 0, 0, 4, 6);
        assertThat(result(
                        v -> new Gradient.EmbeddingGradient(v[0], v[1], 3, Optional.of(2L)),
                        ramp(1, 3, 2),
                        i64(dims(3), 2, 0, 2)))
                .containsExactly(2, 3, 0, 0, 0, 0);
        assertThatThrownBy(() -> result(
                        v -> new Gradient.EmbeddingGradient(v[0], v[1], 2, none()), ramp(1, 1, 2), i64(dims(1), 2)))
                .hasMessage("id 2 at [0] is none of the table's rows, 0 to 1");
    }

    @Test
    void crossEntropyGradientIsZeroWhereTheTargetIsIgnored() {
        Value logits = value(DType.F32, 2, 3);
        Value targets = value(DType.I64, 2);
        Value row = value(DType.F32, 2);
        assertBreaks("C1", new Gradient.CrossEntropyGradient(logits, row, row, row, -100, 0));
        assertBreaks("C1", new Gradient.CrossEntropyGradient(logits, targets, value(DType.F32, 3), row, -100, 0));
        assertBreaks("C1", new Gradient.CrossEntropyGradient(logits, targets, row, targets, -100, 0));
        assertThat(result(
                        v -> new Gradient.CrossEntropyGradient(v[0], v[1], v[2], v[3], -100, 0),
                        f32(dims(2, 2), 0, 0, 5, 7),
                        i64(dims(2), 1, -100),
                        f32(dims(2), Math.log(2), 8),
                        f32(dims(2), 4, 4)))
                .containsExactly(2, -2, 0, 0);
    }

    @Test
    void normGradientsKeepTheirConstraints() {
        Value x = value(DType.F32, 2, 3);
        Optional<Value> row = Optional.of(value(DType.F32, 3));
        Optional<Value> longer = Optional.of(value(DType.F32, 4));
        assertThat(new Gradient.LayerNormGradient(x, row, x, 1e-5).infer())
                .containsExactly(x.type(), Type.of(DType.F32, 3), Type.of(DType.F32, 3));
        assertThat(new Gradient.RmsNormGradient(x, NONE, x, 1e-5).infer())
                .containsExactly(x.type(), Type.of(DType.F32, 3));
        assertBreaks("C1", new Gradient.LayerNormGradient(x, row, value(DType.F32, 3), 1e-5));
        assertBreaks("C1", new Gradient.RmsNormGradient(value(DType.BF16, 2, 3), row, x, 1e-5));
        assertBreaks("C2", new Gradient.LayerNormGradient(x, longer, x, 1e-5));
        assertBreaks("C2", new Gradient.RmsNormGradient(x, longer, x, 1e-5));
    }

    private static Optional<Long> none() {
        return Optional.empty();
    }

    private static Gradient attention(Value q, Value k, Value out, Value logSum, Value gradient) {
        return new Gradient.AttentionGradient(
                q, k, k, out, logSum, gradient, NONE, NONE, NONE, NONE, NONE, NONE, true, 0, 1, DType.F32, none());
    }
}
