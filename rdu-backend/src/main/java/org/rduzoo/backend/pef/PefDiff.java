package org.rduzoo.backend.pef;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.Node;
import org.rduzoo.ir.Ops;

/// Where two PEFs differ. Empty if and only if they are the same bytes.
public record PefDiff(List<Difference> differences) {

    /// One difference.
    ///
    /// @param what `fact`, `parameter`, `tensor`, `graph`, `nodes`, `sections` or `config`
    /// @param name of what differs
    /// @param left what the first PEF has, empty if nothing
    /// @param right what the second has
    public record Difference(String what, String name, String left, String right) implements Row {}

    public PefDiff {
        differences = List.copyOf(differences);
    }

    public boolean isEmpty() {
        return differences.isEmpty();
    }

    public static PefDiff of(Pef left, Pef right) {
        PefInfo a = PefInfo.of(left);
        PefInfo b = PefInfo.of(right);
        List<Difference> differences = new ArrayList<>();
        compare("fact", a.facts(), b.facts(), differences);
        if (!left.compilation().config().equals(right.compilation().config())) {
            differences.add(new Difference(
                    "config",
                    "config.json",
                    left.compilation().config().length() + " characters",
                    right.compilation().config().length() + " characters"));
        }
        compare("parameter", parameters(left), parameters(right), differences);
        compare("tensor", tensors(a), tensors(b), differences);
        compare("graph", graphs(a), graphs(b), differences);
        for (Pef.Entry e : left.entries()) {
            right.entry(e.graph().name()).ifPresent(other -> compareEntries(e, other, differences));
        }
        return new PefDiff(differences);
    }

    private static void compareEntries(Pef.Entry left, Pef.Entry right, List<Difference> differences) {
        String name = left.graph().name();
        Map<String, Integer> surplus = new HashMap<>();
        left.graph().nodes().forEach(n -> surplus.merge(form(n), 1, Integer::sum));
        right.graph().nodes().forEach(n -> surplus.merge(form(n), -1, Integer::sum));
        String onlyLeft = summary(left.graph(), surplus, 1);
        String onlyRight = summary(right.graph(), surplus, -1);
        if (!onlyLeft.isEmpty() || !onlyRight.isEmpty()) {
            differences.add(new Difference("nodes", name, onlyLeft, onlyRight));
        } else if (!left.graph().toString().equals(right.graph().toString())) {
            differences.add(new Difference("nodes", name, "the same operations", "wired or ordered otherwise"));
        }
        if (!left.plan().sections().equals(right.plan().sections())) {
            differences.add(new Difference("sections", name, sections(left), sections(right)));
        }
    }

    private static String sections(Pef.Entry e) {
        return "%d sections of %d programs, %d bytes moved"
                .formatted(
                        e.plan().sections().size(),
                        e.plan().programs(),
                        e.plan().traffic());
    }

    /// A node without the numbers of its values, so that one node more does not change all after it.
    private static String form(Node node) {
        return node.section() + " " + node.op().toString().replaceAll("%\\d+", "%") + node.path()
                + node.results().stream().map(v -> v.type().toString()).collect(Collectors.joining(","));
    }

    /// How many nodes of each operation a graph has more than the other.
    private static String summary(Graph graph, Map<String, Integer> surplus, int sign) {
        Map<String, Integer> left = new HashMap<>();
        surplus.forEach((form, count) -> left.put(form, sign * count));
        Map<String, Integer> byOp = new TreeMap<>();
        for (Node node : graph.nodes()) {
            if (left.merge(form(node), -1, Integer::sum) >= 0) {
                byOp.merge(Ops.name(node.op()), 1, Integer::sum);
            }
        }
        return byOp.entrySet().stream()
                .map(e -> e.getValue() + " " + e.getKey())
                .collect(Collectors.joining(", "));
    }

    private static SequencedMap<String, String> parameters(Pef pef) {
        return pef.parameters().stream()
                .collect(Collectors.toMap(
                        Pef.Parameter::name, p -> p.type().toString(), (x, _) -> x, LinkedHashMap::new));
    }

    private static SequencedMap<String, String> tensors(PefInfo info) {
        SequencedMap<String, String> rows = new LinkedHashMap<>();
        for (PefInfo.TensorRow t : info.tensors()) {
            String replaces = t.replaces().isEmpty() ? "" : " replaces " + t.replaces();
            rows.put(t.graph() + " " + t.role() + " " + t.name(), t.type() + replaces);
        }
        return rows;
    }

    private static SequencedMap<String, String> graphs(PefInfo info) {
        SequencedMap<String, String> rows = new LinkedHashMap<>();
        info.graphs().forEach(g -> rows.put(g.graph(), "%d nodes, %d FLOPs".formatted(g.nodes(), g.flops())));
        return rows;
    }

    private static void compare(
            String what, Map<String, String> left, Map<String, String> right, List<Difference> differences) {
        TreeSet<String> names = new TreeSet<>(left.keySet());
        names.addAll(right.keySet());
        for (String name : names) {
            String a = left.getOrDefault(name, "");
            String b = right.getOrDefault(name, "");
            if (!a.equals(b)) {
                differences.add(new Difference(what, name, a, b));
            }
        }
    }
}
