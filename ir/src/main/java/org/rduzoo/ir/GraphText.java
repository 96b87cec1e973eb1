package org.rduzoo.ir;

/// The text form of a graph: what dumps and golden tests show, and what a PEF holds. `parse(print(g))` has the
/// structure of `g`, and prints as the same text.
///
/// ```
/// graph "bert" {
///   input %0 "input_ids" : i64[2, 8]
///   parameter %1 "embeddings.weight" : f32[96, 32]
///   state %2 "cache" : f32[2, 8, 32]
///   fwd %3 = embedding(%1, %0) : f32[2, 8, 32] @ "embeddings"
///   fwd %4 = constant() {value=f32[2, 8, 32](0.5)} : f32[2, 8, 32]
///   fwd %5 = concat([%3, %4]) {axis=1} : f32[2, 16, 32]
///   fwd %6 = layer_norm(%5, bias=%7) {epsilon=1.0E-5} : f32[2, 16, 32] @ "encoder.norm"
///   output "hidden" = %6
///   output "cache" = %4 replaces "cache"
/// }
/// ```
///
/// Inputs, nodes and outputs stand in their order; values are numbered in theirs. A node gives the part of the step it
/// belongs to, its results, its operation ([Ops#name]) with operands and attributes in the order of the record, the
/// results' types, and the model path if there is one. Optional operands and attributes stand under their name if they
/// are there. A constant with one number between its parentheses holds that number everywhere. White space separates
/// and means nothing else; `#` starts a comment that ends with the line.
public final class GraphText {

    private GraphText() {}

    public static String print(Graph graph) {
        return new GraphPrinter().print(graph);
    }

    /// The graph that `text` describes. Takes time and memory in proportion to the text (and
    /// at most [Layout.Constant#MAX_ELEMENTS] elements for uniform constants), whatever the text says.
    ///
    /// @throws GraphSyntaxException when the text is no graph, or an operation in it is ill typed
    public static Graph parse(String text) {
        return new GraphParser(text).parse();
    }
}
