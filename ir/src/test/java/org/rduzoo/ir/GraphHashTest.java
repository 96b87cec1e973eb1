package org.rduzoo.ir;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class GraphHashTest {

    @Test
    void layersOfOneStructureHaveOneHashWhateverTheirNumbersAndPaths() {
        GraphBuilder b = new GraphBuilder("layers");
        Value x = b.input("x", Graph.Kind.INPUT, Type.of(DType.F32, 2, 4));
        Value first = layer(b, x, 0, UnaryFn.GELU);
        Value second = layer(b, first, 1, UnaryFn.GELU);
        Value third = layer(b, second, 2, UnaryFn.RELU);
        b.output("y", third);
        List<Node> nodes = b.build().nodes();

        GraphHash one = GraphHash.of(nodes.subList(0, 2), List.of(first));
        assertThat(GraphHash.of(nodes.subList(2, 4), List.of(second))).isEqualTo(one);
        assertThat(GraphHash.of(nodes.subList(4, 6), List.of(third))).isNotEqualTo(one);
        assertThat(GraphHash.of(nodes.subList(0, 2), List.of(nodes.getFirst().result())))
                .isNotEqualTo(one);
        assertThat(GraphHash.operands(nodes.subList(2, 4)))
                .extracting(Value::path)
                .containsExactly("layer.0", "weight.1");
        assertThat(one.toString()).hasSize(32);
    }

    @Test
    void whatIsJoinedOtherwiseHasAnotherHash() {
        assertThat(difference(true)).isNotEqualTo(difference(false));
        assertThat(difference(true)).isEqualTo(difference(true));
    }

    @Test
    void namesDoNotCountButKindsTypesAttributesAndAliasesDo() {
        GraphHash hash = graph("a", Graph.Kind.STATE, 2, 0.5, true);
        assertThat(graph("b", Graph.Kind.STATE, 2, 0.5, true)).isEqualTo(hash);
        assertThat(graph("a", Graph.Kind.PARAMETER, 2, 0.5, true)).isNotEqualTo(hash);
        assertThat(graph("a", Graph.Kind.STATE, 3, 0.5, true)).isNotEqualTo(hash);
        assertThat(graph("a", Graph.Kind.STATE, 2, 0.25, true)).isNotEqualTo(hash);
        assertThat(graph("a", Graph.Kind.STATE, 2, 0.5, false)).isNotEqualTo(hash);
    }

    @Test
    void theTextFormKeepsTheHash() {
        Graph graph = Samples.everyOperation();
        assertThat(GraphHash.of(GraphText.parse(GraphText.print(graph)))).isEqualTo(GraphHash.of(graph));
    }

    private static Value layer(GraphBuilder b, Value x, int n, UnaryFn fn) {
        Value weight = b.input("weight." + n, Graph.Kind.PARAMETER, Type.of(DType.F32, 4, 4));
        Value h = b.addOne(
                new Product.Linear(x, weight, Optional.empty(), Optional.of(fn)), "layer." + n, SectionType.FWD);
        return b.addOne(new Elementwise.Binary(BinaryFn.ADD, h, x), "layer." + n, SectionType.FWD);
    }

    private static GraphHash difference(boolean inOrder) {
        GraphBuilder b = new GraphBuilder("difference");
        Value x = b.input("x", Graph.Kind.INPUT, Type.of(DType.F32));
        Value y = b.input("y", Graph.Kind.INPUT, Type.of(DType.F32));
        Op op = inOrder ? new Elementwise.Binary(BinaryFn.SUB, x, y) : new Elementwise.Binary(BinaryFn.SUB, y, x);
        b.output("z", b.addOne(op, "", SectionType.FWD));
        return GraphHash.of(b.build());
    }

    private static GraphHash graph(String name, Graph.Kind kind, int size, double factor, boolean alias) {
        GraphBuilder b = new GraphBuilder(name);
        Value x = b.input(name, kind, Type.of(DType.F32, size));
        Value c = b.addOne(new Layout.Constant(Dense.scalar(DType.F32, factor)), name, SectionType.FWD);
        Value y = b.addOne(new Elementwise.Binary(BinaryFn.MUL, x, c), name, SectionType.FWD);
        b.output(name, y, alias ? Optional.of(name) : Optional.empty());
        return GraphHash.of(b.build());
    }
}
