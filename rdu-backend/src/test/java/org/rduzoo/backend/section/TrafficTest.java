package org.rduzoo.backend.section;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.rduzoo.backend.arch.Arch;
import org.rduzoo.backend.arch.Deployment;
import org.rduzoo.ir.BinaryFn;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Elementwise;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.GraphBuilder;
import org.rduzoo.ir.Layout;
import org.rduzoo.ir.Op;
import org.rduzoo.ir.Product;
import org.rduzoo.ir.SectionType;
import org.rduzoo.ir.Type;
import org.rduzoo.ir.Value;

/// Bytes at section borders, against cases that can be worked out by hand.
class TrafficTest {

    private static final Deployment CHIP = Deployment.of(Arch.of("sn40"), 2);

    private final GraphBuilder builder = new GraphBuilder("g");

    private Value add(Op op) {
        return builder.add(op, "", SectionType.FWD).getFirst();
    }

    /// The heart of a Monarch convolution, `B` pairs of `N x N`: a product, a factor for each element, a transpose,
    /// another product.
    private Graph monarch(int b, int n) {
        Value x = builder.input("x", Graph.Kind.INPUT, Type.of(DType.BF16, b, n, n));
        Value first = builder.input("first", Graph.Kind.PARAMETER, Type.of(DType.BF16, n, n));
        Value twiddle = builder.input("twiddle", Graph.Kind.PARAMETER, Type.of(DType.F32, n, n));
        Value second = builder.input("second", Graph.Kind.PARAMETER, Type.of(DType.BF16, n, n));
        Value h = add(new Product.MatMul(x, first));
        h = add(new Elementwise.Binary(BinaryFn.MUL, h, twiddle));
        h = add(new Layout.Transpose(h, List.of(0, 2, 1)));
        h = add(new Elementwise.Cast(h, DType.BF16));
        h = add(new Product.MatMul(h, second));
        builder.output("y", add(new Elementwise.Cast(h, DType.BF16)));
        return builder.build();
    }

    private static long traffic(Graph graph, List<List<Integer>> sections) {
        return SectionPlan.of(graph, CHIP, OptLevel.O3, sections).traffic();
    }

    @Test
    void fusingAMonarchConvolutionRaisesOperationsAByteInTheOrderOfThePapers() {
        int b = 4096;
        int n = 64;
        Graph graph = monarch(b, n);
        long values = (long) b * n * n;
        long weights = 2L * n * n + 4L * n * n + 2L * n * n;
        double flops = 2 * (2.0 * values * n) + values;
        // The product and the factor hand on f32, which the last product reads rounded to bf16.
        long apart = traffic(graph, List.of(List.of(0), List.of(1), List.of(2, 3, 4, 5)));
        assertThat(apart).isEqualTo((2 + 4) * values + (4 + 2) * values + (2 + 2) * values + weights);
        long threeTogether = traffic(graph, List.of(List.of(0, 1), List.of(2, 3, 4, 5)));
        assertThat(threeTogether).isEqualTo((2 + 2) * values + (2 + 2) * values + weights);
        long all = traffic(graph, List.of(IntStream.range(0, 6).boxed().toList()));
        assertThat(all).isEqualTo((2 + 2) * values + weights);
        // Published, of another size: 39.5, 102.6 and 410.4.
        assertThat(flops / apart).isLessThan(flops / threeTogether);
        assertThat(flops / threeTogether).isLessThan(0.51 * flops / all);
        assertThat(SectionPlan.cut(graph, CHIP, OptLevel.O3).traffic()).isEqualTo(all);
    }

    @Test
    void aSliceIsReadForWhatItTakesAndSlicesTogetherForNoMoreThanTheWhole() {
        Value x = builder.input("x", Graph.Kind.INPUT, Type.of(DType.F32, 128, 96));
        Value head = add(new Layout.Slice(x, 1, 0, 32));
        Value tail = add(new Layout.Slice(x, 1, 32, 64));
        Value again = add(new Layout.Slice(x, 1, 0, 64));
        builder.output("a", add(new Elementwise.Binary(BinaryFn.ADD, head, head)));
        builder.output("b", add(new Elementwise.Binary(BinaryFn.MUL, tail, again)));
        Graph graph = builder.build();
        long whole = 4 * 128 * 96;
        long written = 4 * 128 * (32 + 64);
        assertThat(traffic(graph, List.of(List.of(0, 3), List.of(1, 2, 4)))).isEqualTo(whole / 3 + whole + written);
        assertThat(traffic(graph, List.of(List.of(0, 1, 2, 3, 4)))).isEqualTo(whole + written);
    }

    @Test
    void aTrainingStepKeepsTheSoftmaxAndInferenceDoesNot() {
        Value q = builder.input("q", Graph.Kind.INPUT, Type.of(DType.BF16, 2, 4, 256, 64));
        Op attention = new Product.Attention(
                q,
                q,
                q,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                true,
                0,
                0.125,
                DType.F32);
        List<Value> results = builder.add(attention, "", SectionType.FWD);
        builder.output("out", results.getFirst());
        Graph inference = builder.build();
        long in = 2L * 2 * 4 * 256 * 64;
        long out = 2 * in;
        assertThat(SectionPlan.cut(inference, CHIP, OptLevel.O3).traffic()).isEqualTo(in + out);
        // Scores to memory and back, and their softmax: four passes over 2 x 4 x 256 x 256 numbers of two bytes.
        assertThat(SectionPlan.cut(inference, CHIP, OptLevel.O0).traffic())
                .isEqualTo(in + out + 4L * 2 * 2 * 4 * 256 * 256);
    }
}
