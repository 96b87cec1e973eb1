package org.rduzoo.backend.host.gemm;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.rduzoo.backend.host.machine.HostIsa;
import org.rduzoo.backend.host.machine.Kernel;
import org.rduzoo.backend.host.onednn.NativeProduct;
import org.rduzoo.backend.host.onednn.OneDnn;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.UnaryFn;

/// Makes the kernels for products of matrices, for one processor and one number of threads. Kernels of one instance
/// share scratch memory, so only one of them may run at a time; they are dead once it is closed.
public final class Products implements AutoCloseable {

    /// The functions that a product can apply to its result.
    public static final Set<UnaryFn> ACTIVATIONS = NativeProduct.ACTIVATIONS;

    /// Columns are shared out in multiples of this, which is a cache line of f32.
    private static final int COLUMN_GRAIN = 16;

    /// Rows are shared out in multiples of this.
    private static final int ROW_GRAIN = 8;

    /// From so many rows a thread, rows are shared out, below it, columns: each thread that shares rows packs the
    /// whole of the right factor for itself.
    private static final int ROWS_WORTH_SHARING = 512;

    /// Rows of a part, if there is more than one a thread.
    private static final int ROWS_OF_SHARE = 128;

    /// From so many products a thread, each is one thread's: then the threads finish at nearly the same time.
    private static final int MANY_A_PART = 4;

    private final HostIsa isa;
    private final int parts;
    private final Packing packing;
    private final Arena arena = Arena.ofShared();
    private final List<Scratch> scratch;
    private final Optional<NativePlan> nativePlan;

    private Products(HostIsa isa, int parts, Packing packing, Optional<OneDnn> library) {
        this.isa = isa;
        this.parts = parts;
        this.packing = packing;
        this.scratch = IntStream.range(0, Kernel.mostParts(parts))
                .mapToObj(_ -> new Scratch(arena))
                .toList();
        this.nativePlan = library.map(l -> new NativePlan(l, isa.hasBf16Products()));
    }

    /// The products of a processor that runs as `isa`, for kernels of `parts` parts.
    public static Products of(HostIsa isa, int parts) {
        return of(isa, parts, Packing.WHERE_IT_PAYS);
    }

    static Products of(HostIsa isa, int parts, Packing packing) {
        return new Products(isa, parts, packing, OneDnn.load(isa));
    }

    /// What products run on, for the log.
    public String description() {
        if (nativePlan.isEmpty()) {
            return "products in Java";
        }
        return "products by oneDNN (%s), bf16 %s"
                .formatted(isa.text(), isa.hasBf16Products() ? "multiplied as it is" : "widened to fp32");
    }

    /// A weight as products want it: the right factor of `x · weightᵀ`, of element type `operand`.
    ///
    /// That is `data` itself, which then must outlive this, unless it has another type or packing it pays: then it is
    /// a copy, made by all threads.
    ///
    /// @param data `n` rows of `k` elements of type `stored`: `f32`, `bf16` or `f16`
    /// @param rows the numbers of rows of the products whose speed matters most, as far as they are known
    public RightFactor weight(MemorySegment data, DType stored, int n, int k, DType operand, Supplier<int[]> rows) {
        MemorySegment elements = stored == operand ? data : convert(data, stored, n, k, operand);
        Matrix weight = Matrix.dense(elements, operand, n, k);
        return nativePlan
                .filter(_ -> packing.packs(isa, operand, rows))
                .flatMap(plan -> plan.pack(weight, parts, arena))
                .orElseGet(() -> new RightFactor.Plain(weight.transpose()));
    }

    /// `n` rows of `k` elements in another type, converted by all threads; they live as long as this.
    ///
    /// @param stored `f32`, `bf16` or `f16`
    public MemorySegment convert(MemorySegment data, DType stored, int n, int k, DType operand) {
        MemorySegment converted = arena.allocate((long) n * k * operand.bytes(), 64);
        convert(data, stored, n, k, operand, converted);
        return converted;
    }

    /// As the other [#convert], into memory of the caller's.
    public void convert(MemorySegment data, DType stored, int n, int k, DType operand, MemorySegment converted) {
        IntStream.range(0, n).parallel().forEach(row -> {
            long first = (long) row * k;
            Staging.convert(
                    data.asSlice(first * stored.bytes(), (long) k * stored.bytes()),
                    stored,
                    converted.asSlice(first * operand.bytes(), (long) k * operand.bytes()),
                    operand,
                    k);
        });
    }

    /// A kernel that computes `gemm`.
    ///
    /// @param step whether all products that run with it are of one row, too: then a loop of our own pays, which takes
    ///     long to be compiled, and reads a packed weight faster than the library
    public Kernel gemm(Gemm gemm, boolean step) {
        return gemms(List.of(gemm), step);
    }

    /// A kernel that computes several products, none of which needs another: the projections of one layer, or a
    /// batch of matrices. Many are shared out whole; few are each shared out.
    public Kernel gemms(List<Gemm> gemms) {
        return gemms(gemms, false);
    }

    private Kernel gemms(List<Gemm> gemms, boolean step) {
        List<List<Task>> tasks = new ArrayList<>();
        boolean whole = gemms.size() >= parts * MANY_A_PART;
        for (int i = 0; i < gemms.size(); i++) {
            if (whole) {
                int part = (int) ((long) i * parts / gemms.size());
                add(tasks, part, gemms.get(i), step);
                continue;
            }
            List<Gemm> shares = cut(shares(gemms.get(i)));
            for (int part = 0; part < shares.size(); part++) {
                add(tasks, part, shares.get(part), step);
            }
        }
        return new Parted(tasks);
    }

    private void add(List<List<Task>> tasks, int part, Gemm gemm, boolean step) {
        while (tasks.size() <= part) {
            tasks.add(new ArrayList<>());
        }
        tasks.get(part).addAll(tasks(gemm, step, scratch.get(part)));
    }

    /// Cuts the shares of threads further, by rows, where no part packs anything for itself: first the first part of
    /// each share, then the second, and so on.
    private List<Gemm> cut(List<Gemm> shares) {
        boolean cuts = parts > 1
                && shares.stream()
                        .allMatch(g -> g.b() instanceof RightFactor.Packed && g.m() >= Kernel.SHARES * ROWS_OF_SHARE);
        if (!cuts) {
            return shares;
        }
        List<List<Range>> rows = shares.stream()
                .map(g -> Range.split(g.m(), Kernel.SHARES, ROW_GRAIN))
                .toList();
        List<Gemm> pieces = new ArrayList<>();
        for (int i = 0; i < Kernel.SHARES; i++) {
            for (int share = 0; share < shares.size(); share++) {
                Gemm g = shares.get(share);
                pieces.add(g.part(rows.get(share).get(i), new Range(0, g.n()), g.b()));
            }
        }
        return pieces;
    }

    private List<Task> tasks(Gemm gemm, boolean step, Scratch own) {
        if (isStreamed(gemm)) {
            return List.of(new StreamedProduct(gemm, own));
        }
        if (step && gemm.b() instanceof RightFactor.Packed packed && PairedProduct.isFor(gemm, packed)) {
            return packed.panels().stream()
                    .<Task>map(panel -> new PairedProduct(
                            gemm.part(new Range(0, 1), panel.range(), panel.asFactor(packed)), panel, own))
                    .toList();
        }
        return nativePlan.flatMap(plan -> plan.tasks(gemm, own)).orElseGet(() -> List.of(new JavaProduct(gemm)));
    }

    /// Whether one pass over the weight as it lies, by our own kernel, is the fastest.
    private boolean isStreamed(Gemm gemm) {
        return packing != Packing.ALWAYS
                && gemm.b() instanceof RightFactor.Plain(Matrix b)
                && StreamedProduct.isFor(isa, gemm, b);
    }

    /// A part for each thread, or fewer.
    private List<Gemm> shares(Gemm gemm) {
        Range allRows = new Range(0, gemm.m());
        return switch (gemm.b()) {
            case RightFactor.Plain(Matrix b) -> {
                boolean byRows = gemm.m() / parts >= ROWS_WORTH_SHARING
                        || gemm.n() / parts < COLUMN_GRAIN
                        || addsOtherType(gemm);
                yield byRows
                        ? rowShares(gemm)
                        : Range.split(gemm.n(), parts, COLUMN_GRAIN).stream()
                                .map(r -> gemm.part(allRows, r, new RightFactor.Plain(b.columnRange(r))))
                                .toList();
            }
            case RightFactor.Packed packed ->
                packed.panels().size() < parts
                        ? rowShares(gemm)
                        : packed.panels().stream()
                                .map(p -> gemm.part(allRows, p.range(), p.asFactor(packed)))
                                .toList();
        };
    }

    private List<Gemm> rowShares(Gemm gemm) {
        return Range.split(gemm.m(), parts, ROW_GRAIN).stream()
                .map(r -> gemm.part(r, new Range(0, gemm.n()), gemm.b()))
                .toList();
    }

    /// The library adds a residual of another type than the result's only where the result's rows are dense.
    private static boolean addsOtherType(Gemm gemm) {
        return gemm.residual().isPresent()
                && gemm.residual().get().type() != gemm.c().type();
    }

    @Override
    public void close() {
        nativePlan.ifPresent(NativePlan::close);
        arena.close();
    }
}
