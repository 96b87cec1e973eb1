package org.rduzoo.samba;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Dense;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.Reference;
import org.rduzoo.ir.Type;
import org.rduzoo.ir.Verifier;
import org.rduzoo.samba.nn.Embedding;
import org.rduzoo.samba.nn.LayerNorm;
import org.rduzoo.samba.nn.Linear;

final class TraceTest {

    private final Trace trace = new Trace("test");
    private final Params params = Params.shapes(trace);

    @Test
    void inputsAreNumberedFirstWhereverTheyAreAskedFor() {
        Tensor x = trace.input("x", DType.F32, 2, 3);
        Tensor h = Linear.of(params.at("up"), 3, 4).apply(x);
        Tensor late = trace.input("late", DType.F32, 4);
        trace.output("y", Linear.withoutBias(params.at("down"), 4, 2).apply(h.plus(late)));
        assertThat(Verifier.check(trace.graph())).hasToString("""
                        graph "test" {
                          input %0 "x" : f32[2, 3]
                          parameter %1 "up.weight" : f32[4, 3] @ "up"
                          parameter %2 "up.bias" : f32[4] @ "up"
                          input %3 "late" : f32[4]
                          parameter %4 "down.weight" : f32[2, 4] @ "down"
                          fwd %5 = linear(%0, %1, bias=%2) : f32[2, 4] @ "up"
                          fwd %6 = add(%5, %3) : f32[2, 4] @ "up"
                          fwd %7 = linear(%6, %4) : f32[2, 2] @ "down"
                          output "y" = %7
                        }
                        """);
    }

    @Test
    void aWeightAskedForTwiceIsOneParameter() {
        Tensor once = params.at("a").get("weight", Init.ONES, 2, 3);
        assertThat(params.at("a").get("weight", Init.ONES, 2, 3)).isSameAs(once);
        assertThat(trace.parameters())
                .containsExactly(new Trace.Parameter("a.weight", Type.of(DType.F32, 2, 3), Init.ONES));
        assertThatThrownBy(() -> params.at("a").get("weight", Init.ONES, 3, 2))
                .hasMessage("a.weight is used as [2, 3] and as [3, 2]");
    }

    @Test
    void aTiedHeadUsesTheTableOfTheEmbedding() {
        Tensor ids = trace.input("ids", DType.I64, 1, 2);
        Embedding table = Embedding.of(params.at("words"), 5, 3);
        trace.output("logits", table.apply(ids).linear(table.weight(), Optional.empty()));
        assertThat(trace.graph().inputs(Graph.Kind.PARAMETER)).hasSize(1);
    }

    @Test
    void anOperationLiesWhereItsWeightDoesOrItsLatestOperand() {
        Tensor x = trace.input("x", DType.F32, 2, 4);
        Params attention = params.at("layers").at("0").at("attention");
        Tensor q = Linear.of(attention.at("query"), 4, 4).apply(x);
        Tensor v = Linear.of(attention.at("value"), 4, 4).apply(x);
        Tensor joined = q.times(v);
        Tensor normed = LayerNorm.of(params.at("norm"), 4, 1e-5).apply(joined);
        assertThat(x.times(2)).hasToString("f32[2, 4]");
        assertThat(q).hasToString("f32[2, 4] at layers.0.attention.query");
        assertThat(q.times(2)).hasToString("f32[2, 4] at layers.0.attention.query");
        assertThat(v.tanh()).hasToString("f32[2, 4] at layers.0.attention.value");
        assertThat(joined).hasToString("f32[2, 4] at layers.0.attention");
        assertThat(normed.plus(x)).hasToString("f32[2, 4] at norm");
    }

    @Test
    void layersAreNumberedFromZero() {
        assertThat(params.at("layer").repeat(3, p -> p.get("bias", Init.ZEROS, 1)))
                .hasSize(3);
        assertThat(trace.parameters())
                .extracting(Trace.Parameter::name)
                .containsExactly("layer.0.bias", "layer.1.bias", "layer.2.bias");
    }

    @Test
    void anOpenDimensionFollowsFromTheOthers() {
        Tensor x = trace.input("x", DType.F32, 2, 3, 4);
        assertThat(x.reshape(-1, 4).shape().dims()).containsExactly(6, 4);
        assertThat(x.reshape(2, -1).shape().dims()).containsExactly(2, 12);
        assertThat(x.transpose(0, -1, 1).shape().dims()).containsExactly(2, 4, 3);
        assertThat(x.at(-2, 1).shape().dims()).containsExactly(2, 4);
    }

    @Test
    void reductionsRunAlongTheGivenAxesOrAll() {
        Tensor x = trace.input("x", DType.F32, 2, 3);
        trace.output("all", x.sum());
        trace.output("rows", x.mean(-1));
        trace.output("columns", x.sum(0));
        trace.output("second", x.at(0, 1));
        Map<String, Dense> out = run(Map.of("x", f32(new double[] {1, 2, 3, 4, 5, 9}, 2, 3)));
        assertThat(out.get("all")).isEqualTo(f32(new double[] {24}));
        assertThat(out.get("rows")).isEqualTo(f32(new double[] {2, 6}, 2));
        assertThat(out.get("columns")).isEqualTo(f32(new double[] {5, 7, 12}, 3));
        assertThat(out.get("second")).isEqualTo(f32(new double[] {4, 5, 9}, 3));
    }

    private Map<String, Dense> run(Map<String, Dense> inputs) {
        return Reference.run(Verifier.check(trace.graph()), inputs);
    }

    private static Dense f32(double[] data, int... dims) {
        return new Dense(Type.of(DType.F32, dims), data);
    }
}
