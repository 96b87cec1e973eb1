package org.rduzoo.ir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class GraphTextTest {

    private static final String SMALL = """
            graph "small \\"one\\"" {
              input %0 "input_ids" : i64[2, 8]
              parameter %1 "embeddings.weight" : f32[96, 32]
              parameter %2 "head.weight" : f32[96, 32] @ "head"
              state %3 "cache" : f32[2, 8, 32]
              fwd %4 = embedding(%1, %0) : f32[2, 8, 32] @ "embeddings"
              fwd %5 = constant() {value=f32[](0.5)} : f32[]
              fwd %6 = mul(%4, %5) : f32[2, 8, 32] @ "layer.0"
              fwd %7 = add(%6, %3) : f32[2, 8, 32] @ "layer.0"
              fwd %8 = linear(%7, %2) {activation=relu} : f32[2, 8, 96] @ "head"
              bckwd %9, %10 = cross_entropy(%8, %0) {ignoreIndex=-100, labelSmoothing=0.0} : f32[2, 8], f32[2, 8] @ "loss"
              output "loss" = %9
              output "hidden" = %7
              output "cache" = %7 replaces "cache"
            }
            """;

    @Test
    void aGraphIsALineForEachInputNodeAndOutput() {
        assertThat(GraphText.print(Samples.small())).isEqualTo(SMALL);
    }

    @Test
    void parsingGivesBackInputsNodesAndOutputs() {
        Graph graph = GraphText.parse(SMALL);

        assertThat(graph.name()).isEqualTo("small \"one\"");
        assertThat(graph.inputs(Graph.Kind.PARAMETER).map(i -> i.value().path()))
                .containsExactly("embeddings.weight", "head");
        assertThat(graph.nodes()).extracting(Node::path).contains("embeddings", "layer.0", "");
        assertThat(graph.nodes().getLast().section()).isEqualTo(SectionType.BCKWD);
        assertThat(graph.output("cache").orElseThrow().alias()).contains("cache");
        assertThat(graph.output("cache").orElseThrow().value())
                .isSameAs(graph.output("hidden").orElseThrow().value());
        assertThat(GraphText.print(graph)).isEqualTo(SMALL);
    }

    @Test
    void everyKindOfOperationHasASampleAndSurvivesTheRoundTrip() {
        Graph graph = Samples.everyOperation();
        Set<Class<?>> sampled = new HashSet<>();
        graph.nodes().forEach(n -> sampled.add(n.op().getClass()));
        assertThat(sampled).containsExactlyInAnyOrderElementsOf(Ops.kinds());

        String text = GraphText.print(graph);
        Graph again = GraphText.parse(text);
        assertThat(GraphText.print(again)).isEqualTo(text);
        for (int i = 0; i < graph.nodes().size(); i++) {
            Op before = graph.nodes().get(i).op();
            Op after = again.nodes().get(i).op();
            assertThat(after.getClass()).isEqualTo(before.getClass());
            assertThat(Ops.attributes(after)).isEqualTo(Ops.attributes(before));
            assertThat(Ops.operands(after))
                    .extracting(Value::number)
                    .isEqualTo(Ops.operands(before).stream().map(Value::number).toList());
        }
    }

    @Test
    void constantsKeepEveryBit() {
        double[] data = {0.1, (float) 0.1, -0.0, Double.MIN_VALUE, Double.MAX_VALUE, 1.0 / 3, Double.NaN, 0x1p-1074};
        GraphBuilder b = new GraphBuilder("bits");
        Value c = b.addOne(new Layout.Constant(new Dense(Type.of(DType.F64, 8), data)), "", SectionType.FWD);
        b.output("c", c);

        Graph again = GraphText.parse(GraphText.print(b.build()));

        assertThat(again.nodes().getFirst().op())
                .isEqualTo(new Layout.Constant(new Dense(Type.of(DType.F64, 8), data)));
    }

    @Test
    void namesMayHoldAnyCharacter() {
        String name = "a \"b\" \\ c\n\t\u0001 \u00e9\u4e2d \ud83d\ude00 \ud800 \u2028 # %0 = ";
        GraphBuilder b = new GraphBuilder(name);
        Value x = b.input(name, Graph.Kind.INPUT, Type.of(DType.F32), name);
        b.output(name, x, Optional.of(name));

        String text = GraphText.print(b.build());
        Graph again = GraphText.parse(text);

        assertThat(text.lines()).hasSize(4);
        assertThat(again.name()).isEqualTo(name);
        assertThat(again.inputs().getFirst().name()).isEqualTo(name);
        assertThat(again.inputs().getFirst().value().path()).isEqualTo(name);
        assertThat(again.output(name).orElseThrow().alias()).contains(name);
    }

    @Test
    void whiteSpaceAndCommentsMeanNothing() {
        String text = "graph\"g\"{# a comment\ninput%0\"x\":f32[2,3]fwd%1=relu(%0):f32[2,3]output\"y\"=%1}# end";
        assertThat(GraphText.print(GraphText.parse(text))).isEqualTo("""
                graph "g" {
                  input %0 "x" : f32[2, 3]
                  fwd %1 = relu(%0) : f32[2, 3]
                  output "y" = %1
                }
                """);
    }

    /// Replaces `before` in the small graph and expects a refusal at `line` that speaks of `expected` and `found`.
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\'', textBlock = """
            %4 = emb               | %5 = emb               | 6  | %4, the next number          | %5
            embedding(             | embeding(              | 6  | an operation                 | embeding
            (%1, %0)               | (%1, %9)               | 6  | a value defined before       | %9
            (%1, %0)               | (%1)                   | 6  | operand ids                  | :
            (%1, %0)               | (%1, %0, %0)           | 6  | ')'                          | %0
            f32[2, 8, 32] @ "emb   | f32[2, 8, 33] @ "emb   | 6  | f32[2, 8, 32]                | f32[2, 8, 33]
            (%6, %3)               | (%6, %1)               | 9  | a well typed operation       | breaks C2
            {activation=relu}      | {activation=relux}     | 10 | a UnaryFn                    | relux
            {activation=relu}      | {active=relu}          | 10 | '}'                          | active
            ignoreIndex=-100, lab  | lab                    | 11 | attribute ignoreIndex        | lab
            ignoreIndex=-100       | ignoreIndex=1.5        | 11 | a whole number               | 1.5
            labelSmoothing=0.0     | labelSmoothing=0.0.0   | 11 | a number                     | 0.0.0
            i64[2, 8]              | i64[2, -8]             | 2  | a whole number from 0        | -8
            i64[2, 8]              | i64[99999999999, 8]    | 2  | a whole number from 0        | 99999999999
            i64[2, 8]              | i65[2, 8]              | 2  | a DType                      | i65
            state %3               | steak %3               | 5  | inputs, then nodes           | steak
            %10 = cross            | %10, %11 = cross       | 11 | 2 results                    | 3 results
            "hidden" = %7          | "loss" = %7            | 13 | a name of its own            | loss
            "embeddings.weight"    | "input_ids"            | 3  | a name of its own            | input_ids
            """)
    void whatIsWrongIsNamedWithItsPlace(String before, String after, int line, String expected, String found) {
        assertThat(SMALL).contains(before);
        GraphSyntaxException e = catchThrowableOfType(
                GraphSyntaxException.class,
                () -> GraphText.parse(SMALL.replaceFirst(
                        java.util.regex.Pattern.quote(before), java.util.regex.Matcher.quoteReplacement(after))));
        assertThat(e.line()).isEqualTo(line);
        assertThat(e.expected()).contains(expected);
        assertThat(e.found()).contains(found);
        assertThat(e).hasMessageContaining("line " + line + ", column " + e.column());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "graph",
                "graph \"g\" {",
                "graph \"g\" {} }",
                "graph \"g {}",
                "graph \"g\\x\" {}",
                "graph \"g\\u12\" {}",
                "graph \"g\" { input %0 \"x\" : f32[2147483647, 2147483647, 2147483647] }",
                "graph \"g\" { input %0 \"x\" : f32[0, 2147483647, 2147483647, 2147483647] }",
                "graph \"g\" { fwd %0 = constant() {value=f32[2147483647](1.0)} : f32[2147483647] }",
                "graph \"g\" { fwd %0 = constant() {value=f32[3](1.0, 2.0)} : f32[3] }",
                "graph \"g\" { fwd %0 = constant() {value=f32[1](1.0, 2.0)} : f32[1] }",
                "graph \"g\" { fwd %0 = constant() {value=f32[0](1.0)} : f32[0] }",
                "graph \"g\" { output \"y\" = %0 }"
            })
    void textThatIsNoGraphIsRefused(String text) {
        assertThatThrownBy(() -> GraphText.parse(text)).isInstanceOf(GraphSyntaxException.class);
    }

    @Test
    void uniformConstantsCannotClaimMemoryWithoutBound() {
        StringBuilder text = new StringBuilder("graph \"g\" {\n");
        for (int i = 0; i < 1000; i++) {
            text.append("fwd %")
                    .append(i)
                    .append(" = constant() {value=f32[4194304](")
                    .append(i)
                    .append(".0)} : f32[4194304]\n");
        }
        assertThatThrownBy(() -> GraphText.parse(text.append("}").toString()))
                .isInstanceOf(GraphSyntaxException.class)
                .hasMessageContaining("line 3")
                .hasMessageContaining("in all uniform constants");
    }

    @Test
    void equalUniformConstantsShareTheirElements() {
        StringBuilder text = new StringBuilder("graph \"g\" {\n");
        for (int i = 0; i < 1000; i++) {
            text.append("fwd %").append(i).append(" = constant() {value=f32[4194304](0.5)} : f32[4194304]\n");
        }
        List<Node> nodes = GraphText.parse(text.append("}").toString()).nodes();
        assertThat(((Layout.Constant) nodes.getFirst().op()).value().data())
                .isSameAs(((Layout.Constant) nodes.getLast().op()).value().data());
    }
}
