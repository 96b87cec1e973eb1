package org.rduzoo.backend.host;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.rduzoo.backend.host.GradientLowering.AttentionGradientViews;
import org.rduzoo.backend.host.GradientLowering.CrossEntropyGradientViews;
import org.rduzoo.backend.host.GradientLowering.NormGradientViews;
import org.rduzoo.backend.host.OptimizerLowering.AdamWViews;
import org.rduzoo.backend.host.OptimizerLowering.SgdViews;
import org.rduzoo.backend.host.kernel.AdamWSpec;
import org.rduzoo.backend.host.kernel.AttentionGradientSpec;
import org.rduzoo.backend.host.kernel.Kernels;
import org.rduzoo.backend.host.kernel.NormGradientSpec;
import org.rduzoo.backend.host.kernel.NormKernel;
import org.rduzoo.backend.host.kernel.Place;
import org.rduzoo.backend.host.kernel.RandomRounding;
import org.rduzoo.backend.host.kernel.Scratch;
import org.rduzoo.backend.host.kernel.SgdSpec;
import org.rduzoo.backend.host.kernel.TargetGradients;
import org.rduzoo.backend.host.kernel.TrainingKernels;
import org.rduzoo.backend.host.machine.Kernel;
import org.rduzoo.ir.Gradient.EmbeddingGradient;

/// The part of [KernelMaker] for gradients and optimizers.
record TrainingKernelMaker(Kernels kernels, Scratch scratch) {

    Kernel attentionGradient(AttentionGradientViews v, Function<Buffer, MemorySegment> memory) {
        return kernels.attentionGradient(
                new AttentionGradientSpec(
                        KernelMaker.attentionSpec(v.forward(), memory),
                        KernelMaker.heads(v.gradient(), memory),
                        KernelMaker.heads(v.byQ(), memory),
                        KernelMaker.heads(v.byK(), memory),
                        KernelMaker.heads(v.byV(), memory)),
                scratch);
    }

    Kernel embeddingGradient(
            EmbeddingGradient op, View gradient, View ids, View table, Function<Buffer, MemorySegment> memory) {
        return kernels.embeddingGradient(
                ids.shape().elements(),
                op.rows(),
                table.shape().dim(1),
                place(gradient, memory),
                place(ids, memory),
                place(table, memory),
                op.padding().orElse(-1L));
    }

    Kernel countedGradients(CrossEntropyGradientViews v, Function<Buffer, MemorySegment> memory) {
        return TargetGradients.counted(
                v.targets().shape().elements(),
                place(v.gradient(), memory),
                place(v.targets(), memory),
                v.op().ignoreIndex(),
                place(v.counted(), memory));
    }

    Kernel targetGradients(CrossEntropyGradientViews v, Function<Buffer, MemorySegment> memory) {
        return TargetGradients.atTargets(
                v.targets().shape().elements(),
                v.logits().shape().dim(-1),
                place(v.counted(), memory),
                place(v.targets(), memory),
                v.op().ignoreIndex(),
                1 - v.op().labelSmoothing(),
                place(v.byLogits(), memory));
    }

    Kernel normGradient(NormGradientViews v, Function<Buffer, MemorySegment> memory) {
        int columns = v.x().shape().dim(-1);
        return kernels.normGradient(
                new NormGradientSpec(
                        v.x().shape().elements(0, v.x().shape().rank() - 1),
                        columns,
                        place(v.x(), memory),
                        v.weight().stream().findFirst().map(w -> place(w, memory)),
                        place(v.gradient(), memory),
                        place(v.byX(), memory),
                        place(v.sums(), memory),
                        v.epsilon(),
                        v.centers()),
                scratch);
    }

    Kernel columnSums(View from, View to, Function<Buffer, MemorySegment> memory) {
        return kernels.columnSums(
                from.shape().dim(0),
                from.shape().dim(1),
                place(from, memory),
                from.stride(0),
                place(to, memory),
                scratch);
    }

    Kernel squares(List<View> gradients, View sums, Function<Buffer, MemorySegment> memory) {
        return kernels.squares(norm(gradients, sums, memory));
    }

    Kernel root(List<View> gradients, View sums, View norm, Function<Buffer, MemorySegment> memory) {
        return norm(gradients, sums, memory).root(place(norm, memory));
    }

    private static NormKernel norm(List<View> gradients, View sums, Function<Buffer, MemorySegment> memory) {
        return new NormKernel(
                gradients.stream().map(g -> place(g, memory)).toList(),
                gradients.stream().map(g -> g.shape().elements()).toList(),
                place(sums, memory));
    }

    Kernel adamW(AdamWViews v, Function<Buffer, MemorySegment> memory) {
        List<Place> hyper = v.hyper().stream().map(h -> place(h, memory)).toList();
        return kernels.adamW(new AdamWSpec(
                v.parameter().shape().elements(),
                place(v.parameter(), memory),
                place(v.gradient(), memory),
                place(v.firstMoment(), memory),
                place(v.secondMoment(), memory),
                new AdamWSpec.Hyper(hyper.get(0), hyper.get(1), hyper.get(2), hyper.get(3), hyper.get(4), hyper.get(5)),
                place(v.step(), memory),
                rounding(v.rounded(), memory),
                place(v.newParameter(), memory),
                place(v.newFirstMoment(), memory),
                place(v.newSecondMoment(), memory)));
    }

    private Optional<RandomRounding> rounding(
            Optional<OptimizerLowering.Rounded> rounded, Function<Buffer, MemorySegment> memory) {
        scratch.require(TrainingKernels.RUN_BYTES);
        return rounded.map(r -> new RandomRounding(place(r.seed(), memory), r.layer(), scratch));
    }

    Kernel sgd(SgdViews v, Function<Buffer, MemorySegment> memory) {
        List<Place> hyper = v.hyper().stream().map(h -> place(h, memory)).toList();
        return kernels.sgd(new SgdSpec(
                v.parameter().shape().elements(),
                place(v.parameter(), memory),
                place(v.gradient(), memory),
                v.velocity().map(x -> place(x, memory)),
                hyper.get(0),
                hyper.get(1),
                hyper.get(2),
                hyper.get(3),
                v.nesterov(),
                rounding(v.rounded(), memory),
                place(v.newParameter(), memory),
                v.newVelocity().map(x -> place(x, memory))));
    }

    private static Place place(View view, Function<Buffer, MemorySegment> memory) {
        return ProgramLowering.place(view, memory);
    }
}
