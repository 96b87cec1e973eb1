package org.rduzoo.backend.section;

/// A stage of a section's pipeline.
///
/// @param place index into [Section#nodes]
/// @param node index into [org.rduzoo.ir.Graph#nodes]
/// @param depth stages before it on the longest way through the section
public record StageNode(int place, int node, int depth, StageWork work) {}
