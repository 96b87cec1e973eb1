package org.rduzoo.backend.host;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.rduzoo.backend.host.Buffer.Kind;
import org.rduzoo.backend.host.kernel.RowProgram;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Elementwise;
import org.rduzoo.ir.Lookup;
import org.rduzoo.ir.Node;
import org.rduzoo.ir.Reduction.Reduce;
import org.rduzoo.ir.Shape;
import org.rduzoo.ir.Value;

/// The part of [Lowering] that places programs over rows.
final class RowLowering {

    private final Lowering lowering;

    RowLowering(Lowering lowering) {
        this.lowering = lowering;
    }

    void lower(Unit.Program unit) {
        Node first = unit.nodes().getFirst();
        if (unit.nodes().size() == 1
                && first.op() instanceof Reduce r
                && Draft.joinsPlaces(first)
                && lowering.view(r.x()).stride(1) != 1) {
            lowering.lower(new Unit.Single(first));
            return;
        }
        Set<Value> gathered = new HashSet<>();
        Map<Value, Integer> inside = new HashMap<>();
        for (Node node : unit.nodes()) {
            node.operands().forEach(v -> inside.merge(v, 1, Integer::sum));
            if (node.op() instanceof Lookup.Embedding e) {
                gathered.addAll(List.of(e.table(), e.ids()));
            }
        }
        Map<Value, View> loads = new HashMap<>();
        for (Value v : unit.reads()) {
            loads.put(v, gathered.contains(v) ? lowering.contiguous(lowering.view(v), first) : lowering.view(v));
        }
        List<Integer> order = order(unit, loads.values());
        Kind kind = unit.loading() ? Kind.LOADED : Kind.ARENA;
        Map<Value, View> stores = new HashMap<>();
        for (Node node : unit.nodes()) {
            Value result = node.result();
            if (!unit.leaving().contains(result)) {
                continue;
            }
            stores.put(
                    result,
                    Draft.joinsPlaces(node)
                            ? sums(unit, kind)
                            : inPlace(result, unit, inside)
                                    .filter(_ -> View.isInOrder(order))
                                    .orElseGet(() -> lowering.create(result, kind, order)));
        }
        lowering.step(
                unit,
                loads.values(),
                stores.values(),
                (kernels, memory) -> kernels.rows(
                        new ProgramLowering(unit.domain(), order, loads, stores, memory).lower(unit.nodes())));
        for (Node node : unit.nodes()) {
            View sums = stores.get(node.result());
            if (sums != null && Draft.joinsPlaces(node)) {
                lowering.joinRows(unit, (Reduce) node.op(), sums, lowering.create(node.result(), kind));
            }
        }
    }

    /// A place for the sums of some rows each, channel by channel.
    private View sums(Unit.Program unit, Kind kind) {
        Shape domain = unit.domain();
        int channels = domain.dim(1);
        long rows = domain.elements() / channels;
        int height = RowProgram.summed(channels);
        Shape shape = Shape.of(Math.toIntExact((rows + height - 1) / height), channels);
        return lowering.temporary(kind, DType.F32, shape);
    }

    /// In which order a program goes through its dimensions: the channels last if it sums them; else that of memory,
    /// where its rows do not matter and an operand lies in another order than theirs.
    private static List<Integer> order(Unit.Program unit, Collection<View> loads) {
        boolean elementwise = true;
        for (Node node : unit.nodes()) {
            if (Draft.joinsPlaces(node)) {
                return View.channelsLastOrder(unit.domain().rank());
            }
            elementwise = elementwise && node.op() instanceof Elementwise;
        }
        if (elementwise) {
            for (View v : loads) {
                if (!v.isContiguous()
                        && v.shape().equals(unit.domain())
                        && v.transpose(v.memoryOrder()).isContiguous()) {
                    return v.memoryOrder();
                }
            }
        }
        return View.inOrder(unit.domain().rank());
    }

    /// The place of the state that a result replaces, if the program is the only one that reads it.
    private Optional<View> inPlace(Value result, Unit.Program unit, Map<Value, Integer> inside) {
        Optional<View> state = lowering.replacedBy(result);
        boolean own = state.isPresent()
                && unit.reads().stream()
                        .anyMatch(v ->
                                state.equals(lowering.placed(v)) && lowering.readers(v) == inside.getOrDefault(v, 0));
        if (!own || !result.shape().equals(unit.domain())) {
            return Optional.empty();
        }
        lowering.place(result, state.get());
        return state;
    }
}
