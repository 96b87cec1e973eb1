package org.rduzoo.backend.host.onednn;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.rduzoo.ir.DType;

/// The gradient of a convolution of fixed shape by its weight, compiled for this processor. Both operands lie channels
/// last, the result in a layout of the library's choice, from which [#unpack] brings it. Threads may run it at once,
/// each through its own [#bind].
public final class NativeWeightGradient implements AutoCloseable {

    /// What is computed. Lists have a number for each dimension behind the channels, two or three.
    ///
    /// @param type of both operands, `f32` or `bf16`; the result is `f32`
    /// @param inputs channels of the convolution's operand, and `outputs` of its result
    /// @param paddingAfter what is added at the end of each dimension; negative where the last places are not read
    public record Shape(
            DType type,
            int batch,
            int groups,
            int inputs,
            int outputs,
            List<Integer> inputPlaces,
            List<Integer> outputPlaces,
            List<Integer> kernel,
            List<Integer> stride,
            List<Integer> dilation,
            List<Integer> paddingBefore,
            List<Integer> paddingAfter) {}

    private final OneDnn library;
    private final Shape shape;
    private final MemorySegment x;
    private final MemorySegment gradient;
    private final MemorySegment handle;
    private final Primitive primitive;
    private final MemorySegment weights;
    private final MemorySegment scratchpad;

    private NativeWeightGradient(
            OneDnn library, Shape shape, MemorySegment x, MemorySegment gradient, MemorySegment handle) {
        this.library = library;
        this.shape = shape;
        this.x = x;
        this.gradient = gradient;
        this.handle = handle;
        this.primitive = Primitive.of(handle);
        this.weights = Functions.queryDescription(handle, Functions.QUERY_DIFF_WEIGHTS);
        this.scratchpad = Functions.queryDescription(handle, Functions.QUERY_SCRATCHPAD);
    }

    /// Compiles a gradient; nothing if the library has no fast kernel for it.
    ///
    /// @param like one whose result's layout it shares
    public static Optional<NativeWeightGradient> of(OneDnn library, Shape s, Optional<NativeWeightGradient> like) {
        MemorySegment x = NativeConvolution.channelsLast(s.type, s.batch, s.inputs, s.inputPlaces);
        MemorySegment gradient = NativeConvolution.channelsLast(s.type, s.batch, s.outputs, s.outputPlaces);
        MemorySegment anyWeight = Functions.descriptionOfAnyLayout(Operand.code(s.type), weightDims(s));
        MemorySegment result = like.map(g -> Functions.cloneDescription(g.weights))
                .orElseGet(() -> Functions.descriptionOfAnyLayout(Functions.F32, weightDims(s)));
        MemorySegment postOps = Functions.postOps();
        MemorySegment attributes = Functions.attributes(postOps);
        Optional<MemorySegment> handle = Optional.empty();
        try {
            handle = Optional.of(Functions.convolutionWeightGradient(
                    library.engine(),
                    x,
                    anyWeight,
                    result,
                    gradient,
                    longs(s.stride, 0),
                    longs(s.dilation, -1),
                    longs(s.paddingBefore, 0),
                    longs(s.paddingAfter, 0),
                    attributes));
            if (Functions.implementation(handle.get()).startsWith("ref")) {
                Functions.destroyPrimitiveDescription(handle.get());
                handle = Optional.empty();
            }
        } catch (OneDnnException e) {
            if (!e.isUnimplemented()) {
                throw e;
            }
        } finally {
            Functions.destroyDescription(anyWeight);
            Functions.destroyDescription(result);
            Functions.destroyAttributes(attributes);
            Functions.destroyPostOps(postOps);
            if (handle.isEmpty()) {
                Functions.destroyDescription(x);
                Functions.destroyDescription(gradient);
            }
        }
        return handle.map(h -> new NativeWeightGradient(library, s, x, gradient, h));
    }

    /// The kernel that the library chose, as in `brgconv_bwd_w:avx512_core_bf16`.
    public String implementation() {
        return Functions.implementation(handle);
    }

    /// Bytes of the result, a multiple of 4.
    public long weightBytes() {
        return Functions.bytes(weights);
    }

    /// Bytes of scratch memory, aligned to 64, that a run needs.
    public long scratchBytes() {
        return Functions.bytes(scratchpad);
    }

    /// Brings a result into the order of PyTorch's weights.
    public void unpack(MemorySegment packed, MemorySegment plain) {
        MemorySegment to = Functions.description(Functions.F32, weightDims(shape), plainStrides(shape));
        try (Reorder reorder = new Reorder(library, weights, to)) {
            reorder.run(packed, plain);
        } finally {
            Functions.destroyDescription(to);
        }
    }

    /// Ties the gradient to memory, for one thread.
    ///
    /// @param scratch [#scratchBytes] that no other thread uses meanwhile
    public Bound bind(MemorySegment input, MemorySegment byOutput, MemorySegment weight, MemorySegment scratch) {
        Arguments arguments = new Arguments(library);
        arguments.add(Functions.ARG_SRC, x, input);
        arguments.add(Functions.ARG_DIFF_DST, gradient, byOutput);
        arguments.add(Functions.ARG_DIFF_WEIGHTS, weights, weight);
        if (scratchBytes() > 0) {
            arguments.add(Functions.ARG_SCRATCHPAD, scratchpad, scratch);
        }
        return new Bound(primitive, arguments);
    }

    @Override
    public void close() {
        primitive.close();
        Functions.destroyPrimitiveDescription(handle);
        Functions.destroyDescription(x);
        Functions.destroyDescription(gradient);
    }

    private static long[] longs(List<Integer> numbers, int more) {
        return numbers.stream().mapToLong(n -> n + (long) more).toArray();
    }

    /// `[groups, outputs, inputs, taps..]` of a group, or without groups if there is one.
    private static long[] weightDims(Shape s) {
        long[] taps = longs(s.kernel, 0);
        long[] front = s.groups > 1
                ? new long[] {s.groups, s.outputs / s.groups, s.inputs / s.groups}
                : new long[] {s.outputs, s.inputs};
        long[] dims = Arrays.copyOf(front, front.length + taps.length);
        System.arraycopy(taps, 0, dims, front.length, taps.length);
        return dims;
    }

    private static long[] plainStrides(Shape s) {
        long[] dims = weightDims(s);
        long[] strides = new long[dims.length];
        long step = 1;
        for (int d = dims.length - 1; d >= 0; d--) {
            strides[d] = step;
            step *= dims[d];
        }
        return strides;
    }
}
