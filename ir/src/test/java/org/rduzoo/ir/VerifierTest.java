package org.rduzoo.ir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class VerifierTest {

    private static final Type F32 = Type.of(DType.F32, 2);

    private final Value x = new Value(0, F32, "");
    private final Value y = new Value(1, F32, "layer.0");
    private final List<Graph.Input> inputs = new ArrayList<>(List.of(new Graph.Input("x", Graph.Kind.STATE, x)));
    private final List<Node> nodes = new ArrayList<>(List.of(relu(x, y)));
    private final List<Graph.Output> outputs = new ArrayList<>(List.of(output("y", y)));

    @Test
    void aSoundGraphIsHandedBack() {
        Graph small = Samples.small();
        assertThat(Verifier.check(small)).isSameAs(small);
        Graph every = Samples.everyOperation();
        assertThat(Verifier.check(every)).isSameAs(every);
        Verifier.check(graph());
    }

    @Test
    void anOperandIsDefinedBeforeItsUse() {
        Value z = new Value(2, F32, "");
        nodes.addFirst(relu(z, y));
        nodes.set(1, relu(x, z));
        assertInvalid("node %1 = relu at layer.0: operand %2 is not defined before it");
    }

    @Test
    void anOperandOfAnotherGraphIsNotTakenForTheOneWithItsNumber() {
        nodes.set(0, relu(new Value(0, F32, ""), y));
        assertInvalid("node %1 = relu at layer.0: operand %0 is not defined before it");
    }

    @Test
    void numbersAreDense() {
        nodes.set(0, relu(x, new Value(2, F32, "")));
        assertInvalid("node %2 = relu: its value is %2, but the next number is %1");
    }

    @Test
    void resultsHaveTheTypesThatTheOperationYields() {
        nodes.set(0, relu(x, new Value(1, Type.of(DType.F32, 3), "")));
        assertInvalid("its results are [f32[3]], but it yields [f32[2]]");
    }

    @Test
    void operationsKeepTheirConstraints() {
        Value ids = new Value(0, Type.of(DType.I64, 2), "");
        inputs.set(0, new Graph.Input("ids", Graph.Kind.INPUT, ids));
        nodes.set(0, relu(ids, y));
        assertInvalid("node %1 = relu at layer.0: relu breaks C1");
    }

    @Test
    void anOutputsValueIsDefined() {
        outputs.add(output("z", new Value(2, F32, "")));
        assertInvalid("output \"z\": its value %2 is not defined");
    }

    @Test
    void namesAreUnique() {
        outputs.add(output("y", x));
        assertInvalid("output \"y\": there are two outputs of this name");
        inputs.add(new Graph.Input("x", Graph.Kind.INPUT, new Value(1, F32, "")));
        assertInvalid("input \"x\": there are two inputs of this name");
    }

    @Test
    void anAliasNamesAStateOfTheSameType() {
        outputs.set(0, new Graph.Output("y", y, Optional.of("x")));
        Verifier.check(graph());

        outputs.add(new Graph.Output("z", y, Optional.of("x")));
        assertInvalid("output \"z\": another output replaces \"x\" as well");

        outputs.set(1, new Graph.Output("z", y, Optional.of("w")));
        assertInvalid("output \"z\": \"w\" is no state or parameter to replace");

        inputs.set(0, new Graph.Input("x", Graph.Kind.INPUT, x));
        assertInvalid("output \"y\": \"x\" is no state or parameter to replace");
    }

    @Test
    void anAliasOfAnotherTypeIsRefused() {
        Value sum = new Value(2, Type.of(DType.F32), "");
        nodes.add(new Node(new Reduction.Reduce(ReduceFn.SUM, y, List.of(0), false), List.of(sum), SectionType.FWD));
        outputs.set(0, new Graph.Output("y", sum, Optional.of("x")));
        assertInvalid("output \"y\": it is f32[], but \"x\", which it replaces, is f32[2]");
    }

    @Test
    void uniformConstantsKeepToTheBoundOfTheTextForm() {
        for (int i = 0; i < 2; i++) {
            Type type = Type.of(DType.F32, Layout.Constant.MAX_ELEMENTS);
            Value constant = new Value(2 + i, type, "");
            nodes.add(new Node(new Layout.Constant(Dense.filled(type, i)), List.of(constant), SectionType.FWD));
        }
        assertInvalid("node %3 = constant: it passes the bound of at most 4194304 elements in all uniform constants");
    }

    private void assertInvalid(String message) {
        assertThatThrownBy(() -> Verifier.check(graph()))
                .isInstanceOf(InvalidGraph.class)
                .hasMessageContaining("graph \"test\", ")
                .hasMessageContaining(message);
    }

    private Graph graph() {
        return new Graph("test", inputs, nodes, outputs);
    }

    private static Node relu(Value from, Value to) {
        return new Node(new Elementwise.Unary(UnaryFn.RELU, from), List.of(to), SectionType.FWD);
    }

    private static Graph.Output output(String name, Value value) {
        return new Graph.Output(name, value, Optional.empty());
    }
}
