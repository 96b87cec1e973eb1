package org.rduzoo.backend.section;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeSet;
import org.rduzoo.backend.fusion.FusionRule;
import org.rduzoo.backend.fusion.FusionRules;
import org.rduzoo.backend.fusion.PatternNode;
import org.rduzoo.ir.Convolution;
import org.rduzoo.ir.Elementwise;
import org.rduzoo.ir.Layout;
import org.rduzoo.ir.Node;
import org.rduzoo.ir.Ops;
import org.rduzoo.ir.Positional;
import org.rduzoo.ir.Product;
import org.rduzoo.ir.UnaryFn;

/// Finds the patterns of fusion rules in a graph.
///
/// A match is a stretch of positions: from the first operation that the rule includes to the last. What stands between
/// them goes along if it is no product, and breaks the match if it is. Views are passed through, and so are slices and
/// writes to a cache; an activation that was folded into a product stands right after it.
final class RuleMatcher {

    /// SambaFlow's names for what has another here.
    private static final Map<String, List<String>> ALIASES = Map.of(
            "scaled_dot_product_attention", List.of("attention"),
            "sdpa", List.of("attention"),
            "matmul", List.of("mat_mul"),
            "conv2d", List.of("conv"),
            "conv3d", List.of("conv"),
            "conv_transpose2d", List.of("conv_transpose"),
            "max_pool2d", List.of("max_pool"),
            "cat", List.of("concat"),
            "gelu", List.of("gelu", "gelu_tanh"),
            "mean", List.of("reduce_mean"));

    private final Flow flow;
    private final FusionRules rules;

    RuleMatcher(Flow flow, FusionRules rules) {
        this.flow = flow;
        this.rules = rules;
    }

    /// By position: where the stretch that begins there ends (exclusive), or 0 where none does. Stretches do not
    /// overlap, hold one section type, and fit.
    int[] stretches(Extent extent) {
        int[] ends = new int[flow.size];
        boolean[] taken = new boolean[flow.size];
        for (FusionRule rule : rules.rules()) {
            for (int p = 0; p < flow.size; p++) {
                if (!taken[p] && !flow.free[p]) {
                    take(new Match(rule).at(p), ends, taken, extent);
                }
            }
        }
        return ends;
    }

    private void take(NavigableSet<Integer> included, int[] ends, boolean[] taken, Extent extent) {
        if (included.size() < 2) {
            return; // an operation is a section without a rule
        }
        int first = included.first();
        int end = included.last() + 1;
        for (int p = first; p < end; p++) {
            if (taken[p] || flow.type[p] != flow.type[first] || (flow.product[p] && !included.contains(p))) {
                return;
            }
        }
        extent.demand(first, end);
        if (extent.fits()) {
            int begin = first;
            // Views go with what follows them.
            while (begin > 0 && flow.free[begin - 1] && !taken[begin - 1] && flow.type[begin - 1] == flow.type[first]) {
                begin--;
            }
            ends[begin] = end;
            Arrays.fill(taken, begin, end, true);
        }
    }

    /// An attempt to find a rule's pattern.
    private final class Match {

        private final FusionRule rule;
        private final Map<String, Integer> bound = new HashMap<>();

        /// A value that an operation of the pattern is to read.
        private record Task(int from, String reader) {}

        Match(FusionRule rule) {
            this.rule = rule;
        }

        /// The positions of a match whose root stands at `p`, or none.
        NavigableSet<Integer> at(int p) {
            TreeSet<Integer> included = new TreeSet<>();
            PatternNode root = rule.root();
            boolean found;
            if (is(p, root, false)) {
                bound.put(root.name(), p);
                found = solve(tasks(p, root));
            } else {
                // Without its first operation, a pattern begins at those that read it.
                found = !root.required() && !root.children().isEmpty() && startsAt(p, root);
            }
            if (found) {
                bound.forEach((name, at) -> {
                    if (rule.node(name).included()) {
                        included.add(at);
                    }
                });
            }
            return included;
        }

        /// Whether the first reader of an absent root stands at `p`; others must read the same value.
        private boolean startsAt(int p, PatternNode root) {
            PatternNode first = rule.node(root.children().getFirst());
            if (!is(p, first, false) || flow.reads[p].length == 0) {
                return false;
            }
            bound.put(first.name(), p);
            List<Task> tasks = new ArrayList<>(tasks(p, first));
            if (root.children().size() > 1) {
                int value = flow.reads[p][0];
                for (String sibling : root.children().subList(1, root.children().size())) {
                    tasks.add(new Task(-1 - value, sibling));
                }
            }
            return solve(tasks);
        }

        private List<Task> tasks(int p, PatternNode node) {
            if (!node.firstOf().isEmpty()) {
                for (String option : node.firstOf()) {
                    if (readers(p).stream().anyMatch(q -> is(q, rule.node(option), false))) {
                        return List.of(new Task(p, option));
                    }
                }
            }
            return rule.readers(node).stream().map(c -> new Task(p, c)).toList();
        }

        private boolean solve(List<Task> tasks) {
            if (tasks.isEmpty()) {
                return true;
            }
            Task task = tasks.getFirst();
            List<Task> rest = tasks.subList(1, tasks.size());
            PatternNode node = rule.node(task.reader);
            Integer already = bound.get(node.name());
            List<Integer> candidates = task.from < 0 ? users(-1 - task.from) : readers(task.from);
            if (already != null) {
                return (candidates.contains(already) || already == task.from) && solve(rest);
            }
            if (task.from >= 0 && is(task.from, node, true)) {
                candidates = new ArrayList<>(candidates);
                candidates.addFirst(task.from);
            }
            for (int q : candidates) {
                boolean folded = q == task.from;
                if ((folded || (is(q, node, false) && !bound.containsValue(q)))) {
                    bound.put(node.name(), q);
                    List<Task> more = new ArrayList<>(tasks(q, node));
                    more.addAll(rest);
                    if (solve(more)) {
                        return true;
                    }
                    bound.remove(node.name());
                }
            }
            if (node.required()) {
                return false;
            }
            List<Task> instead = new ArrayList<>();
            rule.readers(node).forEach(c -> instead.add(new Task(task.from, c)));
            instead.addAll(rest);
            return solve(instead);
        }

        /// Whether the operation at `p`, or the activation folded into it, is of a kind that the pattern names.
        private boolean is(int p, PatternNode node, boolean folded) {
            String name = folded ? activation(flow.graph.nodes().get(flow.nodeAt[p])) : name(p);
            return !name.isEmpty()
                    && node.ops().stream()
                            .anyMatch(op -> op.equals(name)
                                    || ALIASES.getOrDefault(op, List.of()).contains(name));
        }
    }

    private String name(int p) {
        return Ops.name(flow.graph.nodes().get(flow.nodeAt[p]).op());
    }

    private static String activation(Node node) {
        return switch (node.op()) {
            case Product.Linear l -> l.activation().map(RuleMatcher::lower).orElse("");
            case Convolution.Conv c -> c.activation().map(RuleMatcher::lower).orElse("");
            default -> "";
        };
    }

    private static String lower(UnaryFn fn) {
        return fn.name().toLowerCase(Locale.ROOT);
    }

    /// Operations that read what the one at `p` makes, views passed through.
    private List<Integer> readers(int p) {
        TreeSet<Integer> readers = new TreeSet<>();
        for (int v : flow.made[p]) {
            readers.addAll(users(v));
        }
        return List.copyOf(readers);
    }

    /// Operations that read a value; for a slice and a write to a cache those that read on.
    private List<Integer> users(int value) {
        TreeSet<Integer> users = new TreeSet<>();
        for (int i = 0; i < flow.useCount[value]; i++) {
            int q = flow.uses[value][i];
            switch (flow.graph.nodes().get(flow.nodeAt[q]).op()) {
                case Layout.Slice _, Elementwise.Dropout _ -> users.addAll(readers(q));
                case Positional.CacheWrite w -> users.addAll(readersOfCache(w, q));
                default -> users.add(q);
            }
        }
        return List.copyOf(users);
    }

    /// Operations that read a cache after it was written to at `p`.
    private List<Integer> readersOfCache(Positional.CacheWrite write, int p) {
        int cache = flow.root[write.cache().number()];
        return Arrays.stream(flow.uses[cache], 0, flow.useCount[cache])
                .filter(q -> q > p && !(flow.graph.nodes().get(flow.nodeAt[q]).op() instanceof Positional.CacheWrite))
                .boxed()
                .toList();
    }
}
