package org.rduzoo.backend.host.conv;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.rduzoo.backend.host.gemm.Parted;
import org.rduzoo.backend.host.gemm.Scratch;
import org.rduzoo.backend.host.gemm.Task;
import org.rduzoo.backend.host.kernel.Place;
import org.rduzoo.backend.host.kernel.TileMath;
import org.rduzoo.backend.host.machine.Kernel;
import org.rduzoo.backend.host.onednn.Bound;
import org.rduzoo.backend.host.onednn.NativeConvolution;
import org.rduzoo.backend.host.onednn.OneDnn;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Window;

/// Plans convolutions for oneDNN.
///
/// Each thread has calls of its own for its share of images or rows. Where the processor does not multiply `bf16`, a
/// call's input is widened before and its output rounded after, in pieces that stay in the cache. A scale of `f32`
/// goes into the weight when it is packed.
final class NativePlan implements AutoCloseable {

    /// Elements of a widened piece of the input.
    private static final long PIECE = 1 << 17;

    private static final long ALIGNMENT = 64;

    private final OneDnn library;
    private final boolean bf16Products;
    private final TileMath math;
    private final List<Scratch> scratch;
    private final Arena arena;
    private final List<NativeConvolution> made = new ArrayList<>();
    private final List<Bound> bound = new ArrayList<>();

    NativePlan(OneDnn library, boolean bf16Products, TileMath math, List<Scratch> scratch, Arena arena) {
        this.library = library;
        this.bf16Products = bf16Products;
        this.math = math;
        this.scratch = scratch;
        this.arena = arena;
    }

    /// The convolution; none if the library has no fast kernel for it.
    Optional<PackedConvolution> plan(ConvolutionSpec c) {
        boolean widens = c.type() == DType.BF16 && !bf16Products;
        boolean folds = c.type() == DType.F32 && c.scale().isPresent();
        List<List<Share>> shares = Share.of(c, scratch.size(), widens ? PIECE : Long.MAX_VALUE);
        Map<NativeConvolution.Shape, NativeConvolution> convolutions = new LinkedHashMap<>();
        Optional<NativeConvolution> first = Optional.empty();
        for (Share share : shares.stream().flatMap(List::stream).toList()) {
            NativeConvolution.Shape shape = shape(c, share, widens, folds);
            if (!convolutions.containsKey(shape)) {
                Optional<NativeConvolution> convolution = NativeConvolution.of(library, shape, first);
                if (convolution.isEmpty()) {
                    return Optional.empty();
                }
                made.add(convolution.get());
                convolutions.put(shape, convolution.get());
                first = first.or(() -> convolution);
            }
        }
        if (first.isEmpty()) {
            return Optional.empty();
        }
        NativeConvolution packs = first.get();
        MemorySegment packed = arena.allocate(packs.weightBytes(), 4096);
        List<List<Task>> tasks = new ArrayList<>();
        for (int part = 0; part < shares.size(); part++) {
            List<Task> mine = new ArrayList<>();
            for (Share share : shares.get(part)) {
                NativeConvolution convolution =
                        Objects.requireNonNull(convolutions.get(shape(c, share, widens, folds)));
                mine.add(task(c, share, convolution, packed, widens, scratch.get(part)));
            }
            tasks.add(mine);
        }
        return Optional.of(new PackedConvolution(packing(c, packs, packed, widens, folds), new Parted(tasks)));
    }

    private static NativeConvolution.Shape shape(ConvolutionSpec c, Share share, boolean widens, boolean folds) {
        Window w = c.window();
        List<Integer> before = ConvolutionSpec.withFirst(w.padding(), share.paddingBefore());
        List<Integer> after = new ArrayList<>(List.of(share.paddingAfter()));
        for (int d = 1; d < c.inputPlaces().size(); d++) {
            int narrow =
                    c.transposed() ? c.inputPlaces().get(d) : c.outputPlaces().get(d);
            int wide =
                    c.transposed() ? c.outputPlaces().get(d) : c.inputPlaces().get(d);
            long rest = (narrow - 1L) * w.stride().get(d)
                    + w.extent(d)
                    - wide
                    - w.padding().get(d);
            after.add((int) Math.max(0, rest));
        }
        return new NativeConvolution.Shape(
                c.transposed(),
                widens ? DType.F32 : c.type(),
                widens ? DType.F32 : c.y().dtype(),
                share.images(),
                c.groups(),
                c.inputs(),
                c.outputs(),
                ConvolutionSpec.withFirst(c.inputPlaces(), share.inputRows()),
                ConvolutionSpec.withFirst(c.outputPlaces(), share.rows()),
                w.kernel(),
                w.stride(),
                w.dilation(),
                before,
                after,
                c.scale().isPresent() && !folds,
                c.bias().isPresent(),
                c.activation());
    }

    private Task task(
            ConvolutionSpec c,
            Share share,
            NativeConvolution convolution,
            MemorySegment packed,
            boolean widens,
            Scratch own) {
        long xFirst =
                (long) share.image() * c.inputPlaces().getFirst() * c.inputRow() + share.inputRow() * c.inputRow();
        long yFirst = (long) share.image() * c.outputPlaces().getFirst() * c.outputRow() + share.row() * c.outputRow();
        MemorySegment x = from(c.x(), xFirst);
        MemorySegment y = from(c.y(), yFirst);
        MemorySegment scale = c.scale().map(NativePlan::begin).orElse(MemorySegment.NULL);
        MemorySegment bias = c.bias().map(NativePlan::begin).orElse(MemorySegment.NULL);
        if (!widens) {
            MemorySegment pad = own.of(convolution.scratchBytes());
            Bound run = keep(convolution.bind(x, packed, scale, bias, y, pad));
            return run::run;
        }
        int xCount = Math.toIntExact((long) share.images() * share.inputRows() * c.inputRow());
        int yCount = Math.toIntExact((long) share.images() * share.rows() * c.outputRow());
        boolean rounds = c.y().dtype() == DType.BF16;
        long xBytes = align(4L * xCount);
        long yBytes = rounds ? align(4L * yCount) : 0;
        MemorySegment memory = own.of(xBytes + yBytes + convolution.scratchBytes());
        MemorySegment wide = memory.asSlice(xBytes, yBytes);
        Bound run =
                keep(convolution.bind(memory, packed, scale, bias, rounds ? wide : y, memory.asSlice(xBytes + yBytes)));
        return () -> {
            math.widen(x.address(), memory.address(), xCount);
            run.run();
            if (rounds) {
                math.narrow(wide.address(), y.address(), yCount);
            }
        };
    }

    /// Brings the weight into the library's layout: one thread's work.
    private Kernel packing(
            ConvolutionSpec c, NativeConvolution convolution, MemorySegment packed, boolean widens, boolean folds) {
        MemorySegment plain = begin(c.weight());
        int count = Math.toIntExact((long) c.outputs()
                * (c.inputs() / c.groups())
                * ConvolutionSpec.product(c.window().kernel()));
        MemorySegment staged = widens || folds ? arena.allocate(4L * count, 64) : plain;
        return (part, _) -> {
            if (part == 0) {
                if (widens) {
                    math.widen(plain.address(), staged.address(), count);
                } else if (folds) {
                    scale(plain, c.scale().map(NativePlan::begin).orElseThrow(), c.outputs(), staged, count);
                }
                convolution.pack(staged, packed);
            }
        };
    }

    /// Multiplies the `count` elements of a weight by their output channel's factor.
    private static void scale(MemorySegment from, MemorySegment factors, int channels, MemorySegment to, int count) {
        int each = count / channels;
        for (int i = 0; i < count; i++) {
            float factor = factors.getAtIndex(ValueLayout.JAVA_FLOAT, i / each);
            to.setAtIndex(ValueLayout.JAVA_FLOAT, i, factor * from.get(ValueLayout.JAVA_FLOAT_UNALIGNED, 4L * i));
        }
    }

    private static MemorySegment begin(Place place) {
        return from(place, 0);
    }

    private static MemorySegment from(Place place, long element) {
        return place.segment().asSlice(place.offset() + element * place.dtype().bytes());
    }

    private static long align(long bytes) {
        return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }

    private Bound keep(Bound run) {
        bound.add(run);
        return run;
    }

    @Override
    public void close() {
        bound.forEach(Bound::close);
        made.forEach(NativeConvolution::close);
    }
}
