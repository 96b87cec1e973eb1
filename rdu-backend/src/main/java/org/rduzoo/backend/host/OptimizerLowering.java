package org.rduzoo.backend.host;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.rduzoo.backend.host.Buffer.Kind;
import org.rduzoo.backend.host.kernel.NormKernel;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Node;
import org.rduzoo.ir.Optimizer;
import org.rduzoo.ir.Optimizer.AdamW;
import org.rduzoo.ir.Optimizer.GlobalNorm;
import org.rduzoo.ir.Optimizer.Sgd;
import org.rduzoo.ir.Shape;
import org.rduzoo.ir.Value;

/// The part of [Lowering] that places optimizers' steps. Parameters and what is kept for them are updated where they
/// lie: the optimizer's section is the last, so nobody reads them as they were after it.
final class OptimizerLowering {

    private final Lowering lowering;

    OptimizerLowering(Lowering lowering) {
        this.lowering = lowering;
    }

    /// An [AdamW] over views.
    record AdamWViews(
            View parameter,
            View gradient,
            View firstMoment,
            View secondMoment,
            List<View> hyper,
            View step,
            Optional<Rounded> rounded,
            View newParameter,
            View newFirstMoment,
            View newSecondMoment) {}

    /// How a parameter is rounded at random.
    record Rounded(View seed, long layer) {}

    /// An [Sgd] over views.
    record SgdViews(
            View parameter,
            View gradient,
            Optional<View> velocity,
            List<View> hyper,
            boolean nesterov,
            Optional<Rounded> rounded,
            View newParameter,
            Optional<View> newVelocity) {}

    void lower(Unit.Single unit, Optimizer op) {
        switch (op) {
            case GlobalNorm norm -> norm(unit, norm);
            case AdamW adamW -> lower(unit, adamW);
            case Sgd sgd -> lower(unit, sgd);
        }
    }

    private void norm(Unit.Single unit, GlobalNorm op) {
        Node at = unit.node();
        List<View> gradients = op.gradients().stream()
                .map(g -> lowering.contiguous(lowering.view(g), at))
                .toList();
        List<Long> elements = gradients.stream().map(g -> g.shape().elements()).toList();
        View sums = lowering.temporary(DType.I64, Shape.of(Math.toIntExact(NormKernel.runs(elements))));
        View norm = lowering.create(at.result(), Kind.ARENA);
        lowering.step(
                unit,
                gradients,
                List.of(sums),
                (kernels, memory) -> kernels.training().squares(gradients, sums, memory));
        lowering.step(
                unit,
                List.of(sums),
                List.of(norm),
                (kernels, memory) -> kernels.training().root(gradients, sums, norm, memory));
    }

    private void lower(Unit.Single unit, AdamW op) {
        Node at = unit.node();
        AdamWViews v = new AdamWViews(
                read(op.parameter(), at),
                read(op.gradient(), at),
                read(op.firstMoment(), at),
                read(op.secondMoment(), at),
                List.of(
                        read(op.scale(), at),
                        read(op.lr(), at),
                        read(op.beta1(), at),
                        read(op.beta2(), at),
                        read(op.epsilon(), at),
                        read(op.weightDecay(), at)),
                read(op.step(), at),
                rounded(op, op.layer(), at),
                replaced(at.results().get(0), op.parameter()),
                replaced(at.results().get(1), op.firstMoment()),
                replaced(at.results().get(2), op.secondMoment()));
        List<View> reads = new ArrayList<>(v.hyper);
        reads.addAll(List.of(v.parameter, v.gradient, v.firstMoment, v.secondMoment, v.step));
        v.rounded.ifPresent(r -> reads.add(r.seed));
        lowering.step(
                unit,
                reads,
                List.of(v.newParameter, v.newFirstMoment, v.newSecondMoment),
                (kernels, memory) -> kernels.training().adamW(v, memory));
    }

    private void lower(Unit.Single unit, Sgd op) {
        Node at = unit.node();
        SgdViews v = new SgdViews(
                read(op.parameter(), at),
                read(op.gradient(), at),
                op.velocity().map(x -> read(x, at)),
                List.of(read(op.scale(), at), read(op.lr(), at), read(op.momentum(), at), read(op.weightDecay(), at)),
                op.nesterov(),
                rounded(op, op.layer(), at),
                replaced(at.results().get(0), op.parameter()),
                op.velocity().map(x -> replaced(at.results().get(1), x)));
        List<View> reads = new ArrayList<>(v.hyper);
        reads.addAll(List.of(v.parameter, v.gradient));
        v.velocity.ifPresent(reads::add);
        v.rounded.ifPresent(r -> reads.add(r.seed));
        List<View> writes = new ArrayList<>(List.of(v.newParameter));
        v.newVelocity.ifPresent(writes::add);
        lowering.step(
                unit, reads, writes, (kernels, memory) -> kernels.training().sgd(v, memory));
    }

    private Optional<Rounded> rounded(Optimizer.Updating op, long layer, Node at) {
        return op.seed().map(seed -> new Rounded(read(seed, at), layer));
    }

    private View read(Value value, Node at) {
        return lowering.contiguous(lowering.view(value), at);
    }

    /// Where a result goes that stands in an operand's place after the run: there, or to a place of its own.
    private View replaced(Value result, Value operand) {
        return lowering.replacedBy(result)
                .filter(state -> state.equals(lowering.view(operand)))
                .map(state -> {
                    lowering.place(result, state);
                    return state;
                })
                .orElseGet(() -> lowering.create(result, Kind.ARENA));
    }
}
