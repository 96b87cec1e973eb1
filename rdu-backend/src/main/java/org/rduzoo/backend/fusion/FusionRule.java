package org.rduzoo.backend.fusion;

import java.util.List;
import java.util.Map;

/// Operations that make a section.
///
/// @param priority the rule with the highest is tried first
/// @param heuristic how SambaFlow would map the section; without meaning here, kept for those who read the file
/// @param root the operation that the pattern is looked for from
/// @param nodes by name
public record FusionRule(
        String name, int priority, String heuristic, PatternNode root, Map<String, PatternNode> nodes) {

    public FusionRule {
        nodes = Map.copyOf(nodes);
    }

    /// The operation of this name, which must be in the pattern.
    public PatternNode node(String nodeName) {
        PatternNode node = nodes.get(nodeName);
        if (node == null) {
            throw new IllegalArgumentException("rule " + name + " has no operation " + nodeName);
        }
        return node;
    }

    /// The names of all operations that may read the result of `node`.
    public List<String> readers(PatternNode node) {
        return node.firstOf().isEmpty() ? node.children() : node.firstOf();
    }
}
