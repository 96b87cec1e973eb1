package org.rduzoo.backend.host;

import java.util.List;
import java.util.Optional;
import org.rduzoo.backend.host.Buffer.Kind;
import org.rduzoo.ir.Node;
import org.rduzoo.ir.Positional;
import org.rduzoo.ir.Positional.CacheWrite;
import org.rduzoo.ir.Positional.LastRow;
import org.rduzoo.ir.Positional.Rope;
import org.rduzoo.ir.Positional.RopeAngles;
import org.rduzoo.ir.Value;

/// The part of [Lowering] that places what knows positions. A cache that a run replaces is written where it lies.
final class PositionalLowering {

    private final Lowering lowering;
    private final CachePlaces caches;

    PositionalLowering(Lowering lowering, CachePlaces caches) {
        this.lowering = lowering;
        this.caches = caches;
    }

    /// Where the tokens of a run go in a cache.
    ///
    /// @param cache `[B, H, S, D]`
    record SlotViews(View start, View valid, View cache, boolean ring) {}

    /// A [Rope] over views.
    ///
    /// @param out of each token's own, or the cache where there are slots
    record RopeViews(View x, View cos, View sin, View out, Optional<SlotViews> slots) {}

    void lower(Unit.Rope unit) {
        Node at = unit.node();
        Rope rope = unit.rope();
        Optional<SlotViews> slots = unit.write().map(w -> slots((CacheWrite) w.op(), w, true));
        View out = slots.map(SlotViews::cache).orElseGet(() -> lowering.create(unit.output(), Kind.ARENA));
        RopeViews views = new RopeViews(
                lowering.denseRows(lowering.view(rope.x()), at),
                lowering.contiguous(lowering.view(rope.cos()), at),
                lowering.contiguous(lowering.view(rope.sin()), at),
                out,
                slots);
        List<View> reads = slots.map(s -> List.of(views.x, views.cos, views.sin, s.start, s.valid))
                .orElseGet(() -> List.of(views.x, views.cos, views.sin));
        lowering.step(unit, reads, List.of(out), (kernels, memory) -> kernels.rope(views, memory));
    }

    void lower(Unit.Single unit, Positional op) {
        Node node = unit.node();
        switch (op) {
            case Rope _ -> throw new AssertionError(op);
            case RopeAngles(Value start, Value frequencies, int _) -> {
                View from = lowering.contiguous(lowering.view(start), node);
                View turns = lowering.contiguous(lowering.view(frequencies), node);
                View cos = lowering.create(node.results().get(0), Kind.ARENA);
                View sin = lowering.create(node.results().get(1), Kind.ARENA);
                lowering.step(
                        unit,
                        List.of(from, turns),
                        List.of(cos, sin),
                        (kernels, memory) -> kernels.ropeAngles(from, turns, cos, sin, memory));
            }
            case CacheWrite write -> {
                SlotViews slots = slots(write, node, caches.isInPlace(write));
                View rows = lowering.denseRows(lowering.view(write.rows()), node);
                lowering.step(
                        unit,
                        List.of(rows, slots.start, slots.valid),
                        List.of(slots.cache),
                        (kernels, memory) -> kernels.cacheWrite(rows, slots, memory));
            }
            case LastRow(Value x, Value start, Value valid) -> {
                View rows = lowering.contiguous(lowering.view(x), node);
                View from = lowering.contiguous(lowering.view(start), node);
                View counts = lowering.contiguous(lowering.view(valid), node);
                View out = lowering.create(node.result(), Kind.ARENA);
                lowering.step(
                        unit,
                        List.of(rows, from, counts),
                        List.of(out),
                        (kernels, memory) -> kernels.lastRow(rows, from, counts, out, memory));
            }
        }
    }

    /// The cache that a write leaves: the one that it finds, or a copy where somebody else still reads that.
    private SlotViews slots(CacheWrite write, Node node, boolean inPlace) {
        View start = lowering.contiguous(lowering.view(write.start()), node);
        View valid = lowering.contiguous(lowering.view(write.valid()), node);
        View old = lowering.view(write.cache());
        if (inPlace) {
            lowering.place(node.result(), old);
            return new SlotViews(start, valid, old, write.ring());
        }
        View copy = lowering.create(node.result(), Kind.ARENA);
        lowering.copy(old, copy, "copy for cache_write", node.path(), node.section());
        return new SlotViews(start, valid, copy, write.ring());
    }
}
