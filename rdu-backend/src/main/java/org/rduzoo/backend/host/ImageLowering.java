package org.rduzoo.backend.host;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.rduzoo.backend.host.Buffer.Kind;
import org.rduzoo.ir.Convolution;
import org.rduzoo.ir.Node;
import org.rduzoo.ir.ReduceFn;
import org.rduzoo.ir.Sampling;

/// Lowers operations on images, signals and volumes. Their channels lie side by side wherever these operations yield or
/// read them; elsewhere, and at the borders, copies bring them into the order that is asked for.
final class ImageLowering {

    private final Lowering lowering;

    ImageLowering(Lowering lowering) {
        this.lowering = lowering;
    }

    /// A [Convolution] over views, activations channels last.
    record ConvolutionViews(Convolution op, View x, View weight, Optional<View> scale, Optional<View> bias, View y) {}

    /// A [Sampling] over views, channels last.
    record SamplingViews(Sampling op, View x, View y) {}

    void lower(Unit.Product unit, Convolution op) {
        Node at = unit.node();
        Optional<View> scale = op instanceof Convolution.Conv c
                ? c.scale().map(s -> lowering.contiguous(lowering.view(s), at))
                : Optional.empty();
        ConvolutionViews views = new ConvolutionViews(
                op,
                lowering.channelsLast(lowering.view(op.x()), at),
                lowering.contiguous(lowering.view(op.weight()), at),
                scale,
                op.bias().map(b -> lowering.contiguous(lowering.view(b), at)),
                lowering.createChannelsLast(unit.output()));
        List<View> sources =
                Stream.concat(Stream.of(views.weight), scale.stream()).toList();
        View packed = lowering.kept();
        boolean loading = sources.stream()
                .map(v -> v.buffer().kind())
                .allMatch(kind -> kind == Kind.WEIGHT || kind == Kind.LOADED);
        lowering.step(
                "pack for " + unit.label(),
                at.section(),
                loading,
                sources,
                List.of(packed),
                (kernels, memory) -> kernels.convolution(views, memory).packing());
        List<View> reads = new ArrayList<>(List.of(views.x, packed));
        views.scale.ifPresent(reads::add);
        views.bias.ifPresent(reads::add);
        lowering.step(
                unit.label(),
                at.section(),
                false,
                reads,
                List.of(views.y),
                (kernels, memory) -> kernels.convolution(views, memory).running());
    }

    void lower(Unit.Single unit, Sampling op) {
        Node at = unit.node();
        SamplingViews views = new SamplingViews(
                op, lowering.channelsLast(lowering.view(op.x()), at), lowering.createChannelsLast(at.result()));
        lowering.step(unit, List.of(views.x), List.of(views.y), (kernels, memory) -> kernels.sampling(views, memory));
    }

    /// Joins all but the channels of a tensor whose channels lie side by side.
    void lowerToChannels(Unit.Single unit, ReduceFn fn, View x) {
        View rows = x.channelsLast();
        View out = lowering.create(unit.node().result(), Kind.ARENA);
        lowering.step(unit, List.of(rows), List.of(out), (kernels, memory) -> kernels.columns(fn, rows, out, memory));
    }
}
