package org.rduzoo.backend.host;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.rduzoo.backend.host.ImageLowering.ConvolutionViews;
import org.rduzoo.backend.host.ImageLowering.SamplingGradientViews;
import org.rduzoo.backend.host.ImageLowering.SamplingViews;
import org.rduzoo.backend.host.ImageLowering.WeightGradientViews;
import org.rduzoo.backend.host.Lowering.AttentionViews;
import org.rduzoo.backend.host.Lowering.LinearViews;
import org.rduzoo.backend.host.PositionalLowering.RopeViews;
import org.rduzoo.backend.host.PositionalLowering.SlotViews;
import org.rduzoo.backend.host.attention.Attentions;
import org.rduzoo.backend.host.conv.ConvolutionSpec;
import org.rduzoo.backend.host.conv.Convolutions;
import org.rduzoo.backend.host.conv.PackedConvolution;
import org.rduzoo.backend.host.conv.WeightGradient;
import org.rduzoo.backend.host.conv.WeightGradientSpec;
import org.rduzoo.backend.host.gemm.Gemm;
import org.rduzoo.backend.host.gemm.Matrix;
import org.rduzoo.backend.host.gemm.Products;
import org.rduzoo.backend.host.gemm.RightFactor;
import org.rduzoo.backend.host.kernel.AttentionSpec;
import org.rduzoo.backend.host.kernel.AttentionSpec.Heads;
import org.rduzoo.backend.host.kernel.CacheSlots;
import org.rduzoo.backend.host.kernel.CacheWriteKernel;
import org.rduzoo.backend.host.kernel.ColumnKernel;
import org.rduzoo.backend.host.kernel.CrossEntropySpec;
import org.rduzoo.backend.host.kernel.Kernels;
import org.rduzoo.backend.host.kernel.LastRowKernel;
import org.rduzoo.backend.host.kernel.Place;
import org.rduzoo.backend.host.kernel.PoolGradient;
import org.rduzoo.backend.host.kernel.PoolKernel;
import org.rduzoo.backend.host.kernel.PoolSpec;
import org.rduzoo.backend.host.kernel.ResizeGradientKernel;
import org.rduzoo.backend.host.kernel.ResizeKernel;
import org.rduzoo.backend.host.kernel.RopeAnglesKernel;
import org.rduzoo.backend.host.kernel.RopeSpec;
import org.rduzoo.backend.host.kernel.RowProgram;
import org.rduzoo.backend.host.kernel.Scratch;
import org.rduzoo.backend.host.kernel.ShareDrops;
import org.rduzoo.backend.host.kernel.StridedCopy;
import org.rduzoo.backend.host.machine.Kernel;
import org.rduzoo.ir.ImageGradient;
import org.rduzoo.ir.Product.Attention;
import org.rduzoo.ir.ReduceFn;
import org.rduzoo.ir.Reduction.CrossEntropy;
import org.rduzoo.ir.Sampling;
import org.rduzoo.ir.Shape;

/// Makes the kernels of a plan, for one processor and one team of threads, over memory that is there.
final class KernelMaker implements AutoCloseable {

    private final Kernels kernels;
    private final Products products;
    private final HostWeights weights;
    private final Scratch scratch;
    private final Convolutions convolutions;
    private final Attentions attentions;
    private final Map<ConvolutionViews, PackedConvolution> packed;
    private final Map<WeightGradientViews, WeightGradient> weightGradients;
    private final boolean packs;

    KernelMaker(
            HostOptions options,
            Kernels kernels,
            Products products,
            Convolutions convolutions,
            HostWeights weights,
            Arena arena) {
        this.kernels = kernels;
        this.products = products;
        this.convolutions = convolutions;
        this.weights = weights;
        this.scratch = new Scratch(options.threads(), arena);
        this.attentions = new Attentions(options.isa(), kernels, scratch);
        this.packed = new HashMap<>();
        this.weightGradients = new HashMap<>();
        this.packs = true;
    }

    private KernelMaker(KernelMaker other, boolean packs) {
        this.kernels = other.kernels;
        this.products = other.products;
        this.convolutions = other.convolutions;
        this.weights = other.weights;
        this.scratch = other.scratch;
        this.attentions = other.attentions;
        this.packed = other.packed;
        this.weightGradients = other.weightGradients;
        this.packs = packs;
    }

    /// One whose products read the weights of the checkpoint as they lie: for the first run.
    KernelMaker withoutPacking() {
        return new KernelMaker(this, false);
    }

    Kernel rows(RowProgram program) {
        return kernels.rows(program, scratch);
    }

    /// Copies in the order in which the target lies.
    Kernel copy(View from, View to, Function<Buffer, MemorySegment> memory) {
        View source = from.transpose(to.memoryOrder());
        View target = to.transpose(to.memoryOrder());
        return new StridedCopy(
                source.shape(), place(source, memory), source.strides(), place(target, memory), target.strides());
    }

    /// A convolution over views, the same each time.
    PackedConvolution convolution(ConvolutionViews v, Function<Buffer, MemorySegment> memory) {
        return packed.computeIfAbsent(
                v,
                _ -> convolutions.make(ConvolutionSpec.of(
                        v.op(),
                        place(v.x(), memory),
                        place(v.weight(), memory),
                        v.scale().map(s -> place(s, memory)),
                        v.bias().map(b -> place(b, memory)),
                        place(v.y(), memory))));
    }

    Kernel sampling(SamplingViews v, Function<Buffer, MemorySegment> memory) {
        Place x = place(v.x(), memory);
        Place y = place(v.y(), memory);
        return switch (v.op()) {
            case Sampling.MaxPool p ->
                new PoolKernel(PoolSpec.max(v.x().shape(), v.y().shape(), p.window()), x, y, kernels.math(), scratch);
            case Sampling.AvgPool p ->
                new PoolKernel(
                        PoolSpec.mean(v.x().shape(), v.y().shape(), p.window(), p.countPadding()),
                        x,
                        y,
                        kernels.math(),
                        scratch);
            case Sampling.Resize r -> new ResizeKernel(r, x, y, kernels.math(), scratch);
        };
    }

    /// The gradient by a convolution's weight over views, the same each time.
    WeightGradient weightGradient(WeightGradientViews v, Function<Buffer, MemorySegment> memory) {
        return weightGradients.computeIfAbsent(
                v,
                _ -> convolutions.make(WeightGradientSpec.of(
                        v.op(), place(v.wide(), memory), place(v.narrow(), memory), place(v.weight(), memory))));
    }

    Kernel samplingGradient(SamplingGradientViews v, Function<Buffer, MemorySegment> memory) {
        List<Place> from = v.from().stream().map(x -> place(x, memory)).toList();
        Place to = place(v.to(), memory);
        Shape gradient = v.from().getLast().shape();
        return switch (v.op()) {
            case ImageGradient.MaxPoolGradient p ->
                PoolGradient.max(
                        PoolSpec.max(v.to().shape(), gradient, p.forward().window()),
                        from.getFirst(),
                        from.getLast(),
                        to,
                        kernels.math(),
                        scratch);
            case ImageGradient.AvgPoolGradient p ->
                PoolGradient.mean(
                        PoolSpec.mean(v.to().shape(), gradient, p.forward().window(), p.countPadding()),
                        from.getFirst(),
                        to);
            case ImageGradient.ResizeGradient r -> new ResizeGradientKernel(r.forward(), from.getFirst(), to);
            case ImageGradient.ConvWeightGradient _ -> throw new AssertionError(v.op());
        };
    }

    /// Joins the rows of a matrix `[.., columns]`.
    ///
    /// @param scale of sums
    Kernel columns(ReduceFn fn, View rows, double scale, View out, Function<Buffer, MemorySegment> memory) {
        int columns = rows.shape().dim(-1);
        long count = rows.shape().elements() / Math.max(1, columns);
        return new ColumnKernel(
                fn, count, columns, scale, place(rows, memory), place(out, memory), kernels.math(), scratch);
    }

    Kernel linear(LinearViews v, Function<Buffer, MemorySegment> memory) {
        Matrix x = matrix(v.x(), memory);
        RightFactor weight = v.factor()
                .map(f -> packs ? weights.factor(f, x.rows()) : weights.asItLies(f, x.rows()))
                .orElseGet(
                        () -> new RightFactor.Plain(matrix(v.weight(), memory).transpose()));
        Gemm gemm = new Gemm(
                x,
                weight,
                v.bias().map(b -> segment(b, memory)),
                v.op().activation(),
                Optional.empty(),
                matrix(v.out(), memory));
        return products.gemm(gemm, v.step());
    }

    /// One product for each place in the dimensions in front.
    Kernel matMul(View a, View b, View out, Function<Buffer, MemorySegment> memory) {
        int front = out.shape().rank() - 2;
        List<Gemm> gemms = new ArrayList<>();
        for (long i = 0; i < out.shape().elements(0, front); i++) {
            gemms.add(Gemm.of(
                    matrix(a.matrixAt(i), memory),
                    new RightFactor.Plain(matrix(b.matrixAt(i), memory)),
                    matrix(out.matrixAt(i), memory)));
        }
        return products.gemms(gemms);
    }

    /// Makes the kernels of gradients and optimizers.
    TrainingKernelMaker training() {
        return new TrainingKernelMaker(kernels, scratch);
    }

    Kernel attention(AttentionViews v, Function<Buffer, MemorySegment> memory) {
        return attentions.attention(attentionSpec(v, memory));
    }

    static AttentionSpec attentionSpec(AttentionViews v, Function<Buffer, MemorySegment> memory) {
        Attention op = v.op();
        return new AttentionSpec(
                v.q().shape().dim(0),
                v.q().shape().dim(1),
                v.k().shape().dim(1),
                v.q().shape().dim(2),
                v.k().shape().dim(2),
                v.q().shape().dim(3),
                v.v().shape().dim(3),
                heads(v.q(), memory),
                heads(v.k(), memory),
                heads(v.v(), memory),
                heads(v.out(), memory),
                v.logSum().map(x -> place(x, memory)),
                v.start().map(x -> place(x, memory)),
                v.valid().map(x -> place(x, memory)),
                v.segments().map(x -> place(x, memory)),
                v.keyMask().map(x -> place(x, memory)),
                op.causal(),
                op.window(),
                op.scale(),
                op.scores(),
                op.ring(),
                op.layer()
                        .map(layer -> new ShareDrops(
                                place(v.seed().orElseThrow(), memory),
                                place(v.probability().orElseThrow(), memory),
                                layer)));
    }

    Kernel rope(RopeViews v, Function<Buffer, MemorySegment> memory) {
        Shape x = v.x().shape();
        return kernels.rope(
                new RopeSpec(
                        x.dim(0),
                        x.dim(1),
                        x.dim(2),
                        x.dim(3),
                        v.cos().shape().dim(2),
                        heads(v.x(), memory),
                        place(v.cos(), memory),
                        place(v.sin(), memory),
                        heads(v.out(), memory),
                        v.slots().map(s -> slots(s, memory))),
                scratch);
    }

    Kernel ropeAngles(View start, View frequencies, View cos, View sin, Function<Buffer, MemorySegment> memory) {
        Shape angles = cos.shape();
        return new RopeAnglesKernel(
                angles.dim(0),
                angles.dim(1),
                angles.dim(2),
                place(start, memory),
                place(frequencies, memory),
                place(cos, memory),
                place(sin, memory));
    }

    Kernel cacheWrite(View rows, SlotViews slots, Function<Buffer, MemorySegment> memory) {
        Shape r = rows.shape();
        return new CacheWriteKernel(
                r.dim(0),
                r.dim(1),
                r.dim(2),
                r.dim(3),
                heads(rows, memory),
                slots(slots, memory),
                heads(slots.cache(), memory));
    }

    Kernel lastRow(View x, View start, View valid, View out, Function<Buffer, MemorySegment> memory) {
        Shape s = x.shape();
        return new LastRowKernel(
                s.dim(0),
                s.dim(1),
                s.dim(2),
                place(x, memory),
                place(start, memory),
                place(valid, memory),
                place(out, memory));
    }

    private static CacheSlots slots(SlotViews v, Function<Buffer, MemorySegment> memory) {
        return new CacheSlots(
                place(v.start(), memory),
                place(v.valid(), memory),
                v.cache().shape().dim(2),
                v.ring());
    }

    Kernel crossEntropy(
            CrossEntropy op,
            View logits,
            View targets,
            View loss,
            View logSum,
            Function<Buffer, MemorySegment> memory) {
        return kernels.crossEntropy(new CrossEntropySpec(
                targets.shape().elements(),
                logits.shape().dim(-1),
                place(logits, memory),
                place(targets, memory),
                place(loss, memory),
                place(logSum, memory),
                op.ignoreIndex(),
                op.labelSmoothing()));
    }

    static Heads heads(View view, Function<Buffer, MemorySegment> memory) {
        return new Heads(place(view, memory), view.stride(0), view.stride(1), view.stride(2));
    }

    /// A view of two dimensions, one of which lies without gaps.
    private static Matrix matrix(View view, Function<Buffer, MemorySegment> memory) {
        int rows = view.shape().dim(0);
        int columns = view.shape().dim(1);
        boolean byRows = columns == 1 || view.stride(1) == 1;
        long stride = byRows ? Math.max(columns, view.stride(0)) : Math.max(rows, view.stride(1));
        return new Matrix(segment(view, memory), view.dtype(), rows, columns, stride, !byRows);
    }

    private static Place place(View view, Function<Buffer, MemorySegment> memory) {
        return ProgramLowering.place(view, memory);
    }

    private static MemorySegment segment(View view, Function<Buffer, MemorySegment> memory) {
        return memory.apply(view.buffer()).asSlice(view.byteOffset());
    }

    @Override
    public void close() {
        attentions.close();
    }
}
