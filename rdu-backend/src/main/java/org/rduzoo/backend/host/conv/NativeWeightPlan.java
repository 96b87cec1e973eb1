package org.rduzoo.backend.host.conv;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.rduzoo.backend.host.gemm.Parted;
import org.rduzoo.backend.host.gemm.Scratch;
import org.rduzoo.backend.host.gemm.Task;
import org.rduzoo.backend.host.kernel.Place;
import org.rduzoo.backend.host.kernel.TileMath;
import org.rduzoo.backend.host.machine.Kernel;
import org.rduzoo.backend.host.onednn.Bound;
import org.rduzoo.backend.host.onednn.NativeWeightGradient;
import org.rduzoo.backend.host.onednn.OneDnn;
import org.rduzoo.ir.BinaryFn;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Window;

/// Plans the gradients by the weights of convolutions for oneDNN.
///
/// The batch is cut into shares, as many whatever the number of threads, and each leaves a result of its own; these are
/// then added up in their order. So the numbers do not depend on the team. Where the processor does not multiply
/// `bf16`, a share's operands are widened before. Scratch memory is cleared before each run: the library multiplies
/// what
/// it finds beyond the last channel there by 0, and must not find a NaN.
final class NativeWeightPlan implements AutoCloseable {

    /// Shares of a batch.
    private static final int MOST_SHARES = 8;

    /// Shares of a batch of one image: some rows each.
    private static final int ROW_SHARES = 4;

    /// Elements that a thread adds up at a time, a multiple of what loops over tiles take.
    private static final int RUN = 4096;

    private static final long ALIGNMENT = 64;

    private final OneDnn library;
    private final boolean bf16Products;
    private final TileMath math;
    private final List<Scratch> scratch;
    private final Arena arena;
    private final List<NativeWeightGradient> made = new ArrayList<>();
    private final List<Bound> bound = new ArrayList<>();

    NativeWeightPlan(OneDnn library, boolean bf16Products, TileMath math, List<Scratch> scratch, Arena arena) {
        this.library = library;
        this.bf16Products = bf16Products;
        this.math = math;
        this.scratch = scratch;
        this.arena = arena;
    }

    /// Some images, or some rows of one, on both sides.
    private record Part(int image, int images, int row, int rows, int wideRow, int wideRows, int before, int after) {}

    /// The gradient; none if the library has no fast kernel for it.
    Optional<WeightGradient> plan(WeightGradientSpec g) {
        boolean widens = g.type() == DType.BF16 && !bf16Products;
        List<Part> parts = parts(g);
        if (parts.stream().anyMatch(p -> !canSay(shape(g, p, widens)))) {
            return Optional.empty();
        }
        Map<NativeWeightGradient.Shape, NativeWeightGradient> kinds = new HashMap<>();
        Optional<NativeWeightGradient> first = Optional.empty();
        List<List<Task>> tasks = new ArrayList<>();
        scratch.forEach(_ -> tasks.add(new ArrayList<>()));
        List<MemorySegment> results = new ArrayList<>();
        for (int i = 0; i < parts.size(); i++) {
            Part part = parts.get(i);
            NativeWeightGradient.Shape shape = shape(g, part, widens);
            NativeWeightGradient kind = kinds.get(shape);
            if (kind == null) {
                Optional<NativeWeightGradient> found = NativeWeightGradient.of(library, shape, first);
                if (found.isEmpty()) {
                    return Optional.empty();
                }
                kind = found.get();
                made.add(kind);
                kinds.put(shape, kind);
                first = first.or(() -> found);
            }
            MemorySegment result = arena.allocate(padded(kind.weightBytes()), 4096);
            results.add(result);
            int thread = i * scratch.size() / parts.size();
            tasks.get(thread).add(task(g, part, kind, result, widens, scratch.get(thread)));
        }
        MemorySegment plain = g.weight().segment().asSlice(g.weight().offset());
        return first.map(kind ->
                new WeightGradient(new Parted(tasks), joining(results, kind.weightBytes() / 4), (thread, _) -> {
                    if (thread == 0) {
                        kind.unpack(results.getFirst(), plain);
                    }
                }));
    }

    /// The library takes places that are not read at the end for negative padding, but not more than a stride of them.
    private static boolean canSay(NativeWeightGradient.Shape shape) {
        return IntStream.range(0, shape.stride().size())
                .allMatch(d -> shape.paddingAfter().get(d) > -shape.stride().get(d));
    }

    private static List<Part> parts(WeightGradientSpec g) {
        int rows = g.narrowPlaces().getFirst();
        List<Part> parts = new ArrayList<>();
        if (g.batch() == 1) {
            int shares = Math.min(ROW_SHARES, rows);
            for (int i = 0; i < shares; i++) {
                int row = rows * i / shares;
                parts.add(rows(g, row, rows * (i + 1) / shares - row));
            }
            if (parts.stream().allMatch(p -> p.wideRows > 0)) {
                return parts;
            }
            parts.clear();
        }
        int shares = Math.min(MOST_SHARES, g.batch());
        Part all = rows(g, 0, rows);
        int wideRows = g.widePlaces().getFirst();
        for (int i = 0; i < shares; i++) {
            int image = g.batch() * i / shares;
            int images = g.batch() * (i + 1) / shares - image;
            // Whole images lie as far apart as they are long, whether their last rows are read or not.
            int unread = wideRows - all.wideRow - all.wideRows;
            parts.add(new Part(image, images, 0, rows, 0, wideRows, all.before + all.wideRow, all.after - unread));
        }
        return parts;
    }

    /// Some rows of the narrow side of the first image, and those of the wide side that they meet.
    private static Part rows(WeightGradientSpec g, int row, int rows) {
        Window w = g.window();
        int wideRows = g.widePlaces().getFirst();
        int begin = row * w.stride().getFirst() - w.padding().getFirst();
        int end = (row + rows - 1) * w.stride().getFirst() - w.padding().getFirst() + (int) w.extent(0);
        int first = Math.clamp(begin, 0, wideRows);
        int last = Math.clamp(end, first, wideRows);
        return new Part(0, 1, row, rows, first, last - first, first - begin, end - last);
    }

    private static NativeWeightGradient.Shape shape(WeightGradientSpec g, Part part, boolean widens) {
        Window w = g.window();
        List<Integer> after = new ArrayList<>(List.of(part.after));
        for (int d = 1; d < g.widePlaces().size(); d++) {
            long rest = (g.narrowPlaces().get(d) - 1L) * w.stride().get(d)
                    + w.extent(d)
                    - g.widePlaces().get(d)
                    - w.padding().get(d);
            after.add((int) rest);
        }
        return new NativeWeightGradient.Shape(
                widens ? DType.F32 : g.type(),
                part.images,
                g.groups(),
                g.wideChannels(),
                g.narrowChannels(),
                ConvolutionSpec.withFirst(g.widePlaces(), part.wideRows),
                ConvolutionSpec.withFirst(g.narrowPlaces(), part.rows),
                w.kernel(),
                w.stride(),
                w.dilation(),
                ConvolutionSpec.withFirst(w.padding(), part.before),
                after);
    }

    private Task task(
            WeightGradientSpec g,
            Part part,
            NativeWeightGradient kind,
            MemorySegment result,
            boolean widens,
            Scratch own) {
        MemorySegment wide = from(g.wide(), part.image * g.wideImage() + part.wideRow * g.wideRow());
        MemorySegment narrow = from(g.narrow(), part.image * g.narrowImage() + part.row * g.narrowRow());
        if (!widens) {
            MemorySegment pad = own.of(kind.scratchBytes()).asSlice(0, kind.scratchBytes());
            Bound run = keep(kind.bind(wide, narrow, result, pad));
            return () -> {
                pad.fill((byte) 0);
                run.run();
            };
        }
        int wideCount = Math.toIntExact((long) part.images * part.wideRows * g.wideRow());
        int narrowCount = Math.toIntExact((long) part.images * part.rows * g.narrowRow());
        long wideBytes = align(4L * wideCount);
        long narrowBytes = align(4L * narrowCount);
        MemorySegment memory = own.of(wideBytes + narrowBytes + kind.scratchBytes());
        MemorySegment second = memory.asSlice(wideBytes);
        MemorySegment pad = second.asSlice(narrowBytes, kind.scratchBytes());
        Bound run = keep(kind.bind(memory, second, result, pad));
        return () -> {
            math.widen(wide.address(), memory.address(), wideCount);
            math.widen(narrow.address(), second.address(), narrowCount);
            pad.fill((byte) 0);
            run.run();
        };
    }

    /// Adds all results to the first. Their memory is padded to whole runs.
    private Kernel joining(List<MemorySegment> results, long elements) {
        long runs = (elements + RUN - 1) / RUN;
        long[] addresses = results.stream().mapToLong(MemorySegment::address).toArray();
        return (part, parts) -> {
            for (long r = runs * part / parts; r < runs * (part + 1) / parts; r++) {
                long sum = addresses[0] + 4 * r * RUN;
                for (int i = 1; i < addresses.length; i++) {
                    math.binary(BinaryFn.ADD, sum, addresses[i] + 4 * r * RUN, sum, RUN);
                }
            }
        };
    }

    private static long padded(long bytes) {
        return (bytes + 4L * RUN - 1) / (4L * RUN) * (4L * RUN);
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
        made.forEach(NativeWeightGradient::close);
    }
}
