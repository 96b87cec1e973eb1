package org.rduzoo.backend.section;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.rduzoo.backend.SampleGraphs;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.GraphBuilder;
import org.rduzoo.ir.Lookup;
import org.rduzoo.ir.Node;
import org.rduzoo.ir.Op;
import org.rduzoo.ir.Product;
import org.rduzoo.ir.SectionType;
import org.rduzoo.ir.Type;
import org.rduzoo.ir.UnaryFn;
import org.rduzoo.ir.Value;

class OpCostTest {

    private final GraphBuilder builder = new GraphBuilder("g");

    private Value input(String name, DType dtype, int... dims) {
        return builder.input(name, Graph.Kind.INPUT, Type.of(dtype, dims));
    }

    private Node node(Op op) {
        builder.add(op, "", SectionType.FWD);
        return builder.build().nodes().getLast();
    }

    @Test
    void aProductCountsTwoForEachMultiplyAdd() {
        Node node = node(new Product.MatMul(input("a", DType.F32, 3, 5, 7), input("b", DType.F32, 7, 11)));
        assertThat(OpCost.flops(node)).isEqualTo(2 * 3 * 5 * 7 * 11);
        assertThat(OpCost.bytesRead(node)).isEqualTo(4 * (3 * 5 * 7 + 7 * 11));
        assertThat(OpCost.bytesWritten(node)).isEqualTo(4 * 3 * 5 * 11);
    }

    @Test
    void biasAndActivationCountOneAnElementEach() {
        Node node = node(new Product.Linear(
                input("x", DType.BF16, 5, 7),
                input("w", DType.BF16, 11, 7),
                Optional.of(input("b", DType.F32, 11)),
                Optional.of(UnaryFn.GELU)));
        assertThat(OpCost.flops(node)).isEqualTo(2 * 5 * 7 * 11 + 2 * 5 * 11);
    }

    @Test
    void attentionCountsBothItsProductsAndHalvesThemWhenCausal() {
        for (boolean causal : new boolean[] {false, true}) {
            Node node = node(new Product.Attention(
                    input("q" + causal, DType.F32, 2, 6, 5, 8),
                    input("k" + causal, DType.F32, 2, 3, 5, 8),
                    input("v" + causal, DType.F32, 2, 3, 5, 4),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    causal,
                    0,
                    1,
                    DType.F32));
            assertThat(OpCost.flops(node)).isEqualTo(2L * 2 * 6 * (causal ? 15 : 25) * (8 + 4));
        }
    }

    @ParameterizedTest
    @CsvSource({"5, 5", "1, 9", "4, 9", "9, 4", "3, 1"})
    void visiblePairsAreThoseThatOneWouldCount(int queries, int keys) {
        for (int window : new int[] {0, 1, 2, 3, 8, 100}) {
            long pairs = 0;
            for (int i = 0; i < queries; i++) {
                int position = keys - queries + i;
                for (int j = 0; j <= position; j++) {
                    pairs += window == 0 || position - j < window ? 1 : 0;
                }
            }
            assertThat(OpCost.visiblePairs(queries, keys, true, window))
                    .as("window %d", window)
                    .isEqualTo(pairs);
        }
    }

    @Test
    void aLookupReadsTheRowsItTakes() {
        Node node = node(new Lookup.Embedding(input("table", DType.BF16, 1000, 64), input("ids", DType.I64, 2, 3)));
        assertThat(OpCost.bytesRead(node)).isEqualTo(2 * 3 * 64 * 2 + 2 * 3 * 8);
        assertThat(OpCost.flops(node)).isZero();
    }

    @Test
    void decodingALlama8bReadsAllWeightsButTheEmbedding() {
        Graph graph = SampleGraphs.decoder("decode", 32, 4096, 32, 8, 14336, 1, 128256);
        long flops = graph.nodes().stream().mapToLong(OpCost::flops).sum();
        // 7.5 billion weights are multiplied once each; all else is small beside it.
        assertThat(flops).isBetween(15_000_000_000L, 15_100_000_000L);
    }

    @Test
    void whatIsTooLargeToCountStaysAtTheLargestNumber() {
        assertThat(OpCost.times(Long.MAX_VALUE, 2, 3)).isEqualTo(Long.MAX_VALUE);
        assertThat(OpCost.times(Long.MAX_VALUE, Long.MAX_VALUE, 0)).isZero();
        assertThat(OpCost.plus(Long.MAX_VALUE, 1)).isEqualTo(Long.MAX_VALUE);
    }
}
