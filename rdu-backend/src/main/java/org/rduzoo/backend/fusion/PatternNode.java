package org.rduzoo.backend.fusion;

import java.util.List;

/// An operation of a rule's pattern.
///
/// @param name within the pattern
/// @param ops kinds of operations that it may be, as [FusionRules] calls them
/// @param children names of the pattern's operations that read its result
/// @param firstOf names of operations of which one reads it: the first that is there
/// @param required whether the pattern needs it; without, its children may read what it would have read
/// @param included whether it goes into the section, or is only looked at
public record PatternNode(
        String name,
        List<String> ops,
        List<String> children,
        List<String> firstOf,
        boolean required,
        boolean included) {

    public PatternNode {
        ops = List.copyOf(ops);
        children = List.copyOf(children);
        firstOf = List.copyOf(firstOf);
    }
}
