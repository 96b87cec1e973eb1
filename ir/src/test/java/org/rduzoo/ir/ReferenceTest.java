package org.rduzoo.ir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Whole graphs; the tests of the families hold the operations.
final class ReferenceTest {

    @Test
    void everyOperationYieldsResultsOfItsTypes() {
        Graph graph = Samples.everyOperation();
        Map<String, Dense> outputs = Reference.run(graph, zeros(graph));
        assertThat(outputs.keySet())
                .containsExactlyElementsOf(
                        graph.outputs().stream().map(Graph.Output::name).toList());
        assertThat(outputs.values().stream().map(Dense::type).toList())
                .isEqualTo(graph.outputs().stream().map(o -> o.value().type()).toList());
    }

    @Test
    void valuesThatAreUsedTwiceOrLeaveEarlyAreKept() {
        Graph graph = GraphText.parse("""
                graph "g" {
                  input %0 "x" : f32[2]
                  fwd %1 = neg(%0) : f32[2]
                  fwd %2 = add(%1, %1) : f32[2]
                  fwd %3 = mul(%2, %0) : f32[2]
                  output "negative" = %1
                  output "x" = %0
                  output "product" = %3
                }
                """);
        Map<String, Dense> outputs = Reference.run(graph, Map.of("x", TestGraphs.ramp(1.5, 2)));
        assertThat(outputs.values()).extracting(d -> d.data()[1]).containsExactly(-1.5, 1.5, -4.5);
    }

    @Test
    void inputsAreRoundedToTheirType() {
        Graph graph = GraphText.parse("graph \"g\" { input %0 \"x\" : bf16[] output \"y\" = %0 }");
        assertThat(Reference.run(graph, Map.of("x", Dense.scalar(DType.BF16, 0.1)))
                        .get("y"))
                .isEqualTo(Dense.scalar(DType.BF16, 0.10009765625));
    }

    @Test
    void aMissingOrOddInputIsNamed() {
        Graph graph = GraphText.parse("graph \"g\" { parameter %0 \"w\" : f32[2] output \"y\" = %0 }");
        assertThatThrownBy(() -> Reference.run(graph, Map.of()))
                .hasMessage("graph \"g\" asks for parameter \"w\", f32[2], which is not given");
        assertThatThrownBy(() -> Reference.run(graph, Map.of("w", TestGraphs.ramp(1, 3))))
                .hasMessage("graph \"g\" asks for parameter \"w\" as f32[2], but f32[3] is given");
    }

    @Test
    void anErrorOfTheRunSaysWhichNodeMetIt() {
        Graph graph = GraphText.parse("""
                graph "g" {
                  input %0 "ids" : i64[2]
                  parameter %1 "table" : f32[3, 2]
                  fwd %2 = embedding(%1, %0) : f32[2, 2] @ "embeddings"
                  output "y" = %2
                }
                """);
        Map<String, Dense> inputs = zeros(graph);
        inputs.put("ids", TestGraphs.i64(TestGraphs.dims(2), 1, 3));
        assertThatThrownBy(() -> Reference.run(graph, inputs))
                .hasMessage("embedding at \"embeddings\": id 3 at [1] is none of the table's rows, 0 to 2");
    }

    private static Map<String, Dense> zeros(Graph graph) {
        Map<String, Dense> zeros = new HashMap<>();
        graph.inputs().forEach(i -> zeros.put(i.name(), Dense.zeros(i.value().type())));
        return zeros;
    }
}
