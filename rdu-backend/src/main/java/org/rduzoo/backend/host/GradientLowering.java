package org.rduzoo.backend.host;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.rduzoo.backend.host.Buffer.Kind;
import org.rduzoo.backend.host.Lowering.AttentionViews;
import org.rduzoo.backend.host.kernel.NormGradientSpec;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Gradient;
import org.rduzoo.ir.Gradient.AttentionGradient;
import org.rduzoo.ir.Gradient.CrossEntropyGradient;
import org.rduzoo.ir.Gradient.EmbeddingGradient;
import org.rduzoo.ir.Gradient.LayerNormGradient;
import org.rduzoo.ir.Gradient.RmsNormGradient;
import org.rduzoo.ir.Node;
import org.rduzoo.ir.Shape;
import org.rduzoo.ir.Value;

/// The part of [Lowering] that places gradients.
final class GradientLowering {

    private final Lowering lowering;

    GradientLowering(Lowering lowering) {
        this.lowering = lowering;
    }

    /// An [AttentionGradient] over views.
    ///
    /// @param forward the attention, with the results that it left
    record AttentionGradientViews(AttentionViews forward, View gradient, View byQ, View byK, View byV) {}

    /// The gradient of a norm over views.
    ///
    /// @param sums what each block of rows adds to the gradients of weight and bias: `[blocks, 2, C]`
    record NormGradientViews(
            View x, List<View> weight, View gradient, View byX, View sums, double epsilon, boolean centers) {}

    /// A [CrossEntropyGradient] over views.
    ///
    /// @param counted the gradient of each row, 0 where its target is ignored
    record CrossEntropyGradientViews(
            CrossEntropyGradient op,
            View logits,
            View targets,
            View logSum,
            View gradient,
            View counted,
            View byLogits) {}

    void lower(Unit.Single unit, Gradient op) {
        switch (op) {
            case AttentionGradient attention -> lower(unit, attention);
            case EmbeddingGradient embedding -> lower(unit, embedding);
            case CrossEntropyGradient crossEntropy -> lower(unit, crossEntropy);
            case LayerNormGradient(Value x, var weight, Value gradient, double epsilon) ->
                norm(unit, x, weight.stream().toList(), gradient, epsilon, true);
            case RmsNormGradient(Value x, var weight, Value gradient, double epsilon) ->
                norm(unit, x, weight.stream().toList(), gradient, epsilon, false);
        }
    }

    private void lower(Unit.Single unit, AttentionGradient op) {
        Node at = unit.node();
        AttentionViews forward = lowering.attention(
                op.forward(),
                at,
                lowering.denseRows(lowering.view(op.out()), at),
                Optional.of(lowering.contiguous(lowering.view(op.logSum()), at)));
        AttentionGradientViews v = new AttentionGradientViews(
                forward,
                lowering.denseRows(lowering.view(op.gradient()), at),
                lowering.createByToken(at.results().get(0)),
                lowering.createByToken(at.results().get(1)),
                lowering.createByToken(at.results().get(2)));
        List<View> reads = Stream.of(
                        forward.reads().stream(), Stream.of(forward.out(), v.gradient), forward.logSum().stream())
                .flatMap(s -> s)
                .toList();
        lowering.step(
                unit,
                reads,
                List.of(v.byQ, v.byK, v.byV),
                (kernels, memory) -> kernels.training().attentionGradient(v, memory));
    }

    private void lower(Unit.Single unit, EmbeddingGradient op) {
        Node at = unit.node();
        View gradient = lowering.contiguous(lowering.view(op.gradient()), at);
        View ids = lowering.contiguous(lowering.view(op.ids()), at);
        View table = lowering.create(at.result(), Kind.ARENA);
        lowering.step(
                unit,
                List.of(gradient, ids),
                List.of(table),
                (kernels, memory) -> kernels.training().embeddingGradient(op, gradient, ids, table, memory));
    }

    /// First what each row counts for, then all classes, then the targets.
    private void lower(Unit.Single unit, CrossEntropyGradient op) {
        Node at = unit.node();
        CrossEntropyGradientViews v = new CrossEntropyGradientViews(
                op,
                lowering.contiguous(lowering.view(op.logits()), at),
                lowering.contiguous(lowering.view(op.targets()), at),
                lowering.contiguous(lowering.view(op.logSum()), at),
                lowering.contiguous(lowering.view(op.gradient()), at),
                lowering.temporary(DType.F32, op.gradient().shape()),
                lowering.create(at.result(), Kind.ARENA));
        lowering.step(
                unit,
                List.of(v.gradient, v.targets),
                List.of(v.counted),
                (kernels, memory) -> kernels.training().countedGradients(v, memory));
        lowering.step(
                unit,
                List.of(v.logits, v.logSum, v.counted),
                List.of(v.byLogits),
                (kernels, memory) -> kernels.rows(ProgramLowering.crossEntropyGradient(v, memory)));
        lowering.step(
                unit,
                List.of(v.counted, v.targets, v.byLogits),
                List.of(v.byLogits),
                (kernels, memory) -> kernels.training().targetGradients(v, memory));
    }

    private void norm(Unit.Single unit, Value x, List<Value> weight, Value gradient, double epsilon, boolean centers) {
        Node at = unit.node();
        int columns = x.type().dim(-1);
        long rows = x.shape().elements(0, x.type().rank() - 1);
        View sums = lowering.temporary(DType.F32, Shape.of(NormGradientSpec.blocks(rows), 2, columns));
        NormGradientViews v = new NormGradientViews(
                lowering.contiguous(lowering.view(x), at),
                weight.stream()
                        .map(w -> lowering.contiguous(lowering.view(w), at))
                        .toList(),
                lowering.contiguous(lowering.view(gradient), at),
                lowering.create(at.results().get(0), Kind.ARENA),
                sums,
                epsilon,
                centers);
        List<View> reads =
                Stream.concat(Stream.of(v.x, v.gradient), v.weight.stream()).toList();
        lowering.step(
                unit,
                reads,
                List.of(v.byX, sums),
                (kernels, memory) -> kernels.training().normGradient(v, memory));
        for (int i = 1; i < at.results().size(); i++) {
            Value result = at.results().get(i);
            if (lowering.isRead(result)) {
                View from = sums.slice(1, i - 1, 1)
                        .reshape(Shape.of(sums.shape().dim(0), columns))
                        .orElseThrow();
                columnSums(unit, from, lowering.create(result, Kind.ARENA));
            }
        }
    }

    /// Adds up the rows of a matrix with dense rows.
    void columnSums(Unit unit, View from, View to) {
        lowering.step(
                unit,
                List.of(from),
                List.of(to),
                (kernels, memory) -> kernels.training().columnSums(from, to, memory));
    }
}
