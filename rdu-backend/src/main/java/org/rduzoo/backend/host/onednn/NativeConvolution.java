package org.rduzoo.backend.host.onednn;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.UnaryFn;

/// A convolution of fixed shape, or a transposed one, compiled for this processor. Activations lie channels last; the
/// weight in a layout of the library's choice, into which [#pack] brings it. Threads may run it at once, each through
/// its own [#bind].
public final class NativeConvolution implements AutoCloseable {

    /// `activation(scale · Σ x · weight + bias)`, summed in fp32 and rounded once. Lists have a number for each
    /// dimension behind the channels, two or three.
    ///
    /// @param type of input and weight, `f32` or `bf16`
    /// @param result of the output
    /// @param paddingAfter what is added at the end of each dimension; negative where the last places are not read
    /// @param scaled whether there is a scale; it is `f32`, as is the bias, one number an output channel
    public record Shape(
            boolean transposed,
            DType type,
            DType result,
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
            List<Integer> paddingAfter,
            boolean scaled,
            boolean biased,
            Optional<UnaryFn> activation) {}

    private final OneDnn library;
    private final Shape shape;
    private final Description description;
    private final Primitive primitive;
    private final MemorySegment weights;
    private final MemorySegment scratchpad;

    private NativeConvolution(OneDnn library, Shape shape, Description description) {
        this.library = library;
        this.shape = shape;
        this.description = description;
        this.primitive = Primitive.of(description.handle);
        this.weights = Functions.queryDescription(description.handle, Functions.QUERY_WEIGHTS);
        this.scratchpad = Functions.queryDescription(description.handle, Functions.QUERY_SCRATCHPAD);
    }

    /// Compiles a convolution; nothing if the library has no fast kernel for it.
    ///
    /// @param like one whose weight's layout it shares
    public static Optional<NativeConvolution> of(OneDnn library, Shape shape, Optional<NativeConvolution> like) {
        Description description;
        try {
            description = describe(library, shape, like);
        } catch (OneDnnException e) {
            if (e.isUnimplemented()) {
                return Optional.empty();
            }
            throw e;
        }
        if (Functions.implementation(description.handle).startsWith("ref")) {
            description.close();
            return Optional.empty();
        }
        return Optional.of(new NativeConvolution(library, shape, description));
    }

    /// The kernel that the library chose, as in `brgconv:avx512_core_bf16`.
    public String implementation() {
        return Functions.implementation(description.handle);
    }

    /// Bytes of the packed weight.
    public long weightBytes() {
        return Functions.bytes(weights);
    }

    /// Bytes of scratch memory, aligned to 64, that a run needs.
    public long scratchBytes() {
        return Functions.bytes(scratchpad);
    }

    /// Brings a weight that lies as PyTorch has it, row-major, into the layout that [#bind] takes.
    public void pack(MemorySegment plain, MemorySegment packed) {
        MemorySegment from = Functions.description(Operand.code(shape.type), weightDims(shape), plainStrides(shape));
        try (Reorder reorder = new Reorder(library, from, weights)) {
            reorder.run(plain, packed);
        } finally {
            Functions.destroyDescription(from);
        }
    }

    /// Ties the convolution to memory, for one thread.
    ///
    /// @param scale ignored if the convolution has none, as is `bias`
    /// @param scratch [#scratchBytes] that no other thread uses meanwhile
    public Bound bind(
            MemorySegment x,
            MemorySegment weight,
            MemorySegment scale,
            MemorySegment bias,
            MemorySegment y,
            MemorySegment scratch) {
        Arguments arguments = new Arguments(library);
        arguments.add(Functions.ARG_SRC, description.x, x);
        arguments.add(Functions.ARG_WEIGHTS, weights, weight);
        arguments.add(Functions.ARG_DST, description.y, y);
        if (shape.scaled) {
            arguments.add(postOp(1), description.byChannel, scale);
        }
        if (shape.biased) {
            if (shape.scaled) {
                arguments.add(postOp(2), description.byChannel, bias);
            } else {
                arguments.add(Functions.ARG_BIAS, description.bias, bias);
            }
        }
        if (scratchBytes() > 0) {
            arguments.add(Functions.ARG_SCRATCHPAD, scratchpad, scratch);
        }
        return new Bound(primitive, arguments);
    }

    private static int postOp(int place) {
        return Functions.ARG_POST_OP * place + Functions.ARG_POST_OP_OPERAND;
    }

    @Override
    public void close() {
        primitive.close();
        description.close();
    }

    private record Description(
            MemorySegment x, MemorySegment bias, MemorySegment byChannel, MemorySegment y, MemorySegment handle)
            implements AutoCloseable {
        @Override
        public void close() {
            Functions.destroyPrimitiveDescription(handle);
            for (MemorySegment d : List.of(x, bias, byChannel, y)) {
                Functions.destroyDescription(d);
            }
        }
    }

    private static Description describe(OneDnn library, Shape s, Optional<NativeConvolution> like) {
        int dimensions = s.kernel.size();
        MemorySegment x = channelsLast(s.type, s.batch, s.inputs, s.inputPlaces);
        MemorySegment y = channelsLast(s.result, s.batch, s.outputs, s.outputPlaces);
        MemorySegment weight = like.map(c -> Functions.cloneDescription(c.weights))
                .orElseGet(() -> Functions.descriptionOfAnyLayout(Operand.code(s.type), weightDims(s)));
        MemorySegment bias = Functions.description(Functions.F32, new long[] {s.outputs}, new long[] {1});
        MemorySegment byChannel = channelsLast(
                DType.F32,
                1,
                s.outputs,
                IntStream.range(0, dimensions).mapToObj(_ -> 1).toList());
        MemorySegment postOps = Functions.postOps();
        if (s.scaled) {
            Functions.appendMultiply(postOps, byChannel);
            if (s.biased) {
                Functions.appendAdd(postOps, byChannel);
            }
        }
        s.activation.ifPresent(f -> Eltwise.append(postOps, f));
        MemorySegment attributes = Functions.attributes(postOps);
        try {
            MemorySegment handle = Functions.convolution(
                    s.transposed,
                    library.engine(),
                    x,
                    weight,
                    s.biased && !s.scaled ? bias : MemorySegment.NULL,
                    y,
                    longs(s.stride, 0),
                    longs(s.dilation, -1),
                    longs(s.paddingBefore, 0),
                    longs(s.paddingAfter, 0),
                    attributes);
            return new Description(x, bias, byChannel, y, handle);
        } catch (OneDnnException e) {
            for (MemorySegment d : List.of(x, bias, byChannel, y)) {
                Functions.destroyDescription(d);
            }
            throw e;
        } finally {
            Functions.destroyDescription(weight);
            Functions.destroyAttributes(attributes);
            Functions.destroyPostOps(postOps);
        }
    }

    private static long[] longs(List<Integer> numbers, int more) {
        return numbers.stream().mapToLong(n -> n + (long) more).toArray();
    }

    /// A tensor `[N, C, places..]` whose channels lie side by side.
    static MemorySegment channelsLast(DType type, int batch, int channels, List<Integer> places) {
        long[] dims = new long[places.size() + 2];
        long[] strides = new long[dims.length];
        dims[0] = batch;
        dims[1] = channels;
        strides[1] = 1;
        long step = channels;
        for (int d = places.size() - 1; d >= 0; d--) {
            dims[d + 2] = places.get(d);
            strides[d + 2] = step;
            step *= places.get(d);
        }
        strides[0] = step;
        return Functions.description(Operand.code(type), dims, strides);
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

    /// Strides of [#weightDims] in a row-major weight: outputs before inputs, or the other way round if transposed.
    private static long[] plainStrides(Shape s) {
        long[] dims = weightDims(s);
        long[] strides = new long[dims.length];
        int first = dims.length - s.kernel.size() - 2;
        long step = 1;
        for (int d = dims.length - 1; d >= first + 2; d--) {
            strides[d] = step;
            step *= dims[d];
        }
        int inner = s.transposed ? first : first + 1;
        int outer = s.transposed ? first + 1 : first;
        strides[inner] = step;
        strides[outer] = step * dims[inner];
        if (first == 1) {
            strides[0] = step * dims[inner] * dims[outer];
        }
        return strides;
    }
}
