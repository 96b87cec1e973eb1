package org.rduzoo.backend.host;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.rduzoo.backend.host.Buffer.Kind;
import org.rduzoo.ir.Convolution;
import org.rduzoo.ir.ImageGradient;
import org.rduzoo.ir.ImageGradient.AvgPoolGradient;
import org.rduzoo.ir.ImageGradient.ConvWeightGradient;
import org.rduzoo.ir.ImageGradient.MaxPoolGradient;
import org.rduzoo.ir.ImageGradient.ResizeGradient;
import org.rduzoo.ir.Node;
import org.rduzoo.ir.Sampling;
import org.rduzoo.ir.Value;

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

    /// A [ConvWeightGradient] over views, activations channels last.
    record WeightGradientViews(ConvWeightGradient op, View wide, View narrow, View weight) {}

    /// The gradient of a [Sampling] over views, channels last.
    record SamplingGradientViews(ImageGradient op, List<View> from, View to) {}

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

    void lower(Unit.Single unit, ImageGradient op) {
        switch (op) {
            case ConvWeightGradient c -> lower(unit, c);
            case MaxPoolGradient p -> sampling(unit, op, List.of(p.x(), p.gradient()));
            case AvgPoolGradient p -> sampling(unit, op, List.of(p.gradient()));
            case ResizeGradient r -> sampling(unit, op, List.of(r.gradient()));
        }
    }

    /// In stages, each of which needs what the one before left.
    private void lower(Unit.Single unit, ConvWeightGradient op) {
        Node at = unit.node();
        WeightGradientViews views = new WeightGradientViews(
                op,
                lowering.channelsLast(lowering.view(op.wide()), at),
                lowering.channelsLast(lowering.view(op.narrow()), at),
                lowering.create(at.result(), Kind.ARENA));
        View shares = lowering.kept();
        View sums = lowering.kept();
        lowering.step(
                unit,
                List.of(views.wide, views.narrow),
                List.of(shares),
                (kernels, memory) -> kernels.weightGradient(views, memory).running());
        lowering.step(
                unit,
                List.of(shares),
                List.of(sums),
                (kernels, memory) -> kernels.weightGradient(views, memory).joining());
        lowering.step(
                unit,
                List.of(sums),
                List.of(views.weight),
                (kernels, memory) -> kernels.weightGradient(views, memory).unpacking());
    }

    private void sampling(Unit.Single unit, ImageGradient op, List<Value> operands) {
        Node at = unit.node();
        List<View> from = operands.stream()
                .map(v -> lowering.channelsLast(lowering.view(v), at))
                .toList();
        SamplingGradientViews views = new SamplingGradientViews(op, from, lowering.createChannelsLast(at.result()));
        lowering.step(unit, from, List.of(views.to), (kernels, memory) -> kernels.samplingGradient(views, memory));
    }
}
