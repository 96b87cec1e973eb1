package org.rduzoo.backend.section;

import java.util.Arrays;
import org.rduzoo.backend.fusion.FusionRules;
import org.rduzoo.ir.Elementwise;
import org.rduzoo.ir.Gradient;
import org.rduzoo.ir.Node;
import org.rduzoo.ir.Normalization;
import org.rduzoo.ir.Product;
import org.rduzoo.ir.SectionType;
import org.rduzoo.ir.Value;

/// Cuts that look at neighbours alone. A cut is the ends (exclusive) of its sections, rising.
final class Fusion {

    private final Flow flow;
    private int begin;
    private boolean hasProjection; // a product of the section that reads weights
    private boolean hasAttention;
    private boolean hasWork; // any product, convolutions among them
    private boolean isClosed; // a product reads what a product of the section made, attention aside

    private Fusion(Flow flow) {
        this.flow = flow;
    }

    /// An operation a section. Views, which cost nothing, and what prepares parameters (a bias widened, a weight
    /// transposed) go with the operation after them. The chain of steps that the gradient of one function is written
    /// out as is one operation.
    static int[] none(Flow flow, Extent extent) {
        boolean[] trailing = trailing(flow);
        int[] ends = new int[flow.size];
        int count = 0;
        int begin = 0;
        for (int p = 1; p <= flow.size; p++) {
            boolean last = p == flow.size || flow.type[p] != flow.type[p - 1];
            if (last || !(flow.free[p - 1] || trailing[p] || isOneGradient(flow, extent, begin, p))) {
                ends[count++] = p;
                begin = p;
            }
        }
        return Arrays.copyOf(ends, count);
    }

    /// By position: whether no operation of the same section type follows that costs anything.
    private static boolean[] trailing(Flow flow) {
        boolean[] trailing = new boolean[flow.size + 1];
        for (int p = flow.size - 1; p >= 0; p--) {
            boolean last = p == flow.size - 1 || flow.type[p + 1] != flow.type[p];
            trailing[p] = flow.free[p] && (last || trailing[p + 1]);
        }
        return trailing;
    }

    /// Whether the operation at `p`, or after views that stand there, is of the same function's gradient as the one
    /// before.
    private static boolean isOneGradient(Flow flow, Extent extent, int begin, int p) {
        int q = p;
        while (flow.free[q] && q + 1 < flow.size && flow.type[q + 1] == flow.type[p]) {
            q++;
        }
        Node before = flow.graph.nodes().get(flow.nodeAt[p - 1]);
        Node after = flow.graph.nodes().get(flow.nodeAt[q]);
        boolean one = flow.type[p] == SectionType.BCKWD
                && before.op() instanceof Elementwise
                && after.op() instanceof Elementwise
                && !before.path().isEmpty()
                && before.path().equals(after.path());
        if (!one) {
            return false;
        }
        extent.demand(begin, q + 1);
        return extent.fits();
    }

    /// What rules say belongs together; and of all else the patterns that networks are made of, found from front to
    /// back:
    ///
    /// - attention: projections of one value, attention over them, and the projection of its result;
    /// - feed-forward: projections of one value, and the projection of what is made of them;
    /// - a norm goes with the products that read it, unless it is all that is left of what is before it;
    /// - all other operations go with what they read.
    static int[] patterns(Flow flow, Extent extent, FusionRules rules) {
        Fusion fusion = new Fusion(flow);
        int[] stretches = new RuleMatcher(flow, rules).stretches(extent);
        int inside = 0;
        int[] ends = new int[flow.size];
        int count = 0;
        for (int p = 0; p < flow.size; p++) {
            boolean begins = stretches[p] > 0;
            if (p > 0 && p == inside) {
                fusion.isClosed = true; // a rule says which products are in its section
            }
            inside = begins ? stretches[p] : inside;
            boolean joins = begins ? fusion.leadsTo(stretches[p], extent) : p < inside || fusion.joins(p, extent);
            if (p > 0 && !joins) {
                ends[count++] = p;
                fusion.startAt(p);
            }
            fusion.include(p);
        }
        if (flow.size > 0) {
            ends[count++] = flow.size;
        }
        return Arrays.copyOf(ends, count);
    }

    private void startAt(int p) {
        begin = p;
        hasProjection = false;
        hasAttention = false;
        hasWork = false;
        isClosed = false;
    }

    private void include(int p) {
        hasWork |= flow.product[p];
        switch (node(p).op()) {
            case Product.Attention _, Gradient.AttentionGradient _ -> hasAttention = true;
            case Product product -> {
                isClosed |= hasProjection && readsProductOfSection(product, p);
                hasProjection = true;
            }
            default -> {}
        }
    }

    /// Whether a rule's stretch, which ends at `end`, goes into the section: it has no product of its own.
    private boolean leadsTo(int end, Extent extent) {
        if (hasWork || flow.type[begin] != flow.type[end - 1]) {
            return false;
        }
        extent.demand(begin, end);
        return extent.fits();
    }

    /// Whether position `p` goes into the section. What is free goes where the operation after it goes.
    private boolean joins(int p, Extent extent) {
        int working = p;
        while (flow.free[working] && working + 1 < flow.size && flow.type[working + 1] == flow.type[p]) {
            working++;
        }
        if (flow.type[p] != flow.type[begin] || !(flow.free[working] || matches(working))) {
            return false;
        }
        extent.demand(begin, working + 1);
        return extent.admissible();
    }

    private boolean matches(int p) {
        boolean hasProduct = hasProjection || hasAttention;
        return switch (node(p).op()) {
            case Product.Attention _, Gradient.AttentionGradient _ ->
                !isClosed && !hasAttention && (!hasProduct || readsSection(p));
            case Product product -> !isClosed && (!hasProduct || readsSameAsSection(product, p) || readsSection(p));
            case Normalization _ -> !hasProduct || isLastReader(p);
            default -> !hasProduct || readsSection(p);
        };
    }

    private Node node(int p) {
        return flow.graph.nodes().get(flow.nodeAt[p]);
    }

    private boolean readsSection(int p) {
        for (int v : flow.reads[p]) {
            if (flow.producer[v] >= begin) {
                return true;
            }
        }
        return false;
    }

    /// Whether nothing else reads what `p` reads: only its own result is left.
    private boolean isLastReader(int p) {
        for (int v : flow.reads[p]) {
            if (flow.producer[v] >= begin && flow.lastUse[v] > p) {
                return false;
            }
        }
        return readsSection(p);
    }

    /// Whether a product of the section reads the same activation.
    private boolean readsSameAsSection(Product product, int p) {
        int value = flow.root[activation(product).number()];
        for (int i = 0; i < flow.useCount[value]; i++) {
            int use = flow.uses[value][i];
            if (use >= begin && use < p && node(use).op() instanceof Product) {
                return true;
            }
        }
        return false;
    }

    /// Whether the activation comes, by whatever way within the section, from one of its products.
    private boolean readsProductOfSection(Product product, int p) {
        boolean[] reached = new boolean[p - begin + 1];
        mark(activation(product), reached);
        for (int q = p - 1; q >= begin; q--) {
            if (reached[q - begin]) {
                if (node(q).op() instanceof Product) {
                    return true;
                }
                node(q).operands().forEach(v -> mark(v, reached));
            }
        }
        return false;
    }

    private void mark(Value value, boolean[] reached) {
        int made = flow.producer[value.number()];
        if (made >= begin) {
            reached[made - begin] = true;
        }
    }

    private static Value activation(Product product) {
        return switch (product) {
            case Product.Linear l -> l.x();
            case Product.MatMul m -> m.lhs();
            case Product.Attention a -> a.q();
        };
    }
}
