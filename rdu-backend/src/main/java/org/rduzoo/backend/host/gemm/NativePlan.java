package org.rduzoo.backend.host.gemm;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.rduzoo.backend.host.onednn.Bound;
import org.rduzoo.backend.host.onednn.NativeMemory;
import org.rduzoo.backend.host.onednn.NativeProduct;
import org.rduzoo.backend.host.onednn.NativeProduct.Residual;
import org.rduzoo.backend.host.onednn.OneDnn;
import org.rduzoo.backend.host.onednn.OneDnnException;
import org.rduzoo.backend.host.onednn.Operand;
import org.rduzoo.backend.host.onednn.PackedLayout;
import org.rduzoo.backend.host.onednn.Right;
import org.rduzoo.ir.DType;

/// Plans products for oneDNN.
///
/// Where the library has a fast kernel for all that is asked, one call does it. Else the product is made in blocks of
/// rows that stay in the cache: the left factor is widened before, or the residual added and the result rounded
/// after.
final class NativePlan implements AutoCloseable {

    /// Rows of a block: enough that the library's own packing of the right factor does not show, few enough for a
    /// cache.
    private static final int BLOCK_ROWS = 128;

    private static final long ALIGNMENT = 64;

    /// Columns of a panel are a multiple of this: the widest block of the library's layouts.
    private static final int PANEL_GRAIN = 64;

    private final OneDnn library;
    private final boolean bf16Products;
    private final Map<NativeProduct.Shape, Optional<NativeProduct>> products = new HashMap<>();
    private final Map<LayoutKey, Optional<PackedLayout>> layouts = new ConcurrentHashMap<>();
    private final List<Bound> bound = new ArrayList<>();

    /// @param bf16Products whether the processor multiplies bf16; else a left factor of bf16 is widened
    NativePlan(OneDnn library, boolean bf16Products) {
        this.library = library;
        this.bf16Products = bf16Products;
    }

    /// The tasks for one thread; none if the library has no fast kernel for any form of it.
    Optional<List<Task>> tasks(Gemm gemm, Scratch scratch) {
        return switch (gemm.b()) {
            case RightFactor.Plain(Matrix b) ->
                tasks(gemm, new Operand(b.type(), b.rowStride(), b.columnStride()), b.data(), scratch);
            case RightFactor.Packed packed -> {
                List<Task> tasks = new ArrayList<>();
                for (RightFactor.Panel panel : packed.panels()) {
                    Gemm part = gemm.part(new Range(0, gemm.m()), panel.range(), panel.asFactor(packed));
                    tasks.addAll(tasks(part, panel.layout(), panel.data(), scratch)
                            .orElseThrow(() -> new IllegalStateException("a factor is packed only for the library")));
                }
                yield Optional.of(tasks);
            }
        };
    }

    private Optional<List<Task>> tasks(Gemm gemm, Right right, MemorySegment b, Scratch scratch) {
        boolean widen = gemm.a().type() == DType.BF16 && leftType(gemm.b().type()) == DType.F32;
        if (!widen) {
            Optional<NativeProduct> product =
                    product(gemm, operand(gemm.a()), right, operand(gemm.c()), residual(gemm));
            if (product.isPresent()) {
                MemorySegment pad = scratch.of(product.get().scratchBytes());
                return Optional.of(List.of(whole(gemm, gemm.a().data(), b, product.get(), pad)));
            }
        }
        List<Task> tasks = new ArrayList<>();
        for (Range rows : new Range(0, gemm.m()).blocks(BLOCK_ROWS)) {
            Gemm block = gemm.part(rows, new Range(0, gemm.n()), gemm.b());
            Optional<Task> task = staged(block, widen, right, b, scratch);
            if (task.isEmpty()) {
                return Optional.empty();
            }
            tasks.add(task.get());
        }
        return Optional.of(tasks);
    }

    private Optional<Task> staged(Gemm gemm, boolean widen, Right right, MemorySegment b, Scratch scratch) {
        Operand a = widen ? widened(gemm.a()) : operand(gemm.a());
        long aBytes = widen ? align(4L * gemm.m() * gemm.k()) : 0;
        Optional<NativeProduct> direct = product(gemm, a, right, operand(gemm.c()), residual(gemm));
        if (direct.isPresent()) {
            long padBytes = direct.get().scratchBytes();
            MemorySegment memory = scratch.of(aBytes + padBytes);
            Task product = whole(gemm, memory, b, direct.get(), memory.asSlice(aBytes));
            return Optional.of(() -> {
                Staging.widen(gemm.a(), memory);
                product.run();
            });
        }
        Operand y = Operand.rows(DType.F32, gemm.n());
        long yBytes = align(4L * gemm.m() * gemm.n());
        return product(gemm, a, right, y, Residual.NONE).map(product -> {
            MemorySegment memory = scratch.of(aBytes + yBytes + product.scratchBytes());
            MemorySegment result = memory.asSlice(aBytes, yBytes);
            Bound run =
                    bind(product, widen ? memory : gemm.a().data(), b, gemm, result, memory.asSlice(aBytes + yBytes));
            return () -> {
                if (widen) {
                    Staging.widen(gemm.a(), memory);
                }
                run.run();
                Staging.finish(result, gemm.n(), gemm.residual(), gemm.c());
            };
        });
    }

    private Task whole(Gemm gemm, MemorySegment a, MemorySegment b, NativeProduct product, MemorySegment pad) {
        Bound run = bind(product, a, b, gemm, gemm.c().data(), pad);
        if (residual(gemm) == Residual.IN_PLACE && !gemm.addsInPlace()) {
            Matrix residual = gemm.residual().orElseThrow();
            return () -> {
                Staging.copy(residual, gemm.c());
                run.run();
            };
        }
        return run::run;
    }

    private Bound bind(
            NativeProduct product, MemorySegment a, MemorySegment b, Gemm gemm, MemorySegment c, MemorySegment pad) {
        Bound run = product.bind(
                a,
                b,
                gemm.bias().orElse(MemorySegment.NULL),
                gemm.residual().map(Matrix::data).orElse(MemorySegment.NULL),
                c,
                pad);
        bound.add(run);
        return run;
    }

    /// Packs a weight, given by its rows, in `count` panels or fewer; nothing if no fast kernel would read it.
    Optional<RightFactor> pack(Matrix weight, int count, Arena arena) {
        int n = weight.rows();
        int k = weight.columns();
        List<RightFactor.Panel> panels = new ArrayList<>();
        for (Range range : Range.split(n, count, PANEL_GRAIN)) {
            Optional<PackedLayout> layout = layouts.computeIfAbsent(
                    new LayoutKey(weight.type(), range.size(), k),
                    key -> PackedLayout.of(library, leftType(key.type), key.type, key.n, key.k));
            if (layout.isEmpty()) {
                return Optional.empty();
            }
            MemorySegment memory = NativeMemory.allocate(layout.get().bytes(), arena);
            panels.add(new RightFactor.Panel(range, layout.get(), memory));
        }
        panels.parallelStream()
                .forEach(p -> p.layout().pack(weight.rowRange(p.range()).data(), weight.stride(), p.data()));
        return Optional.of(new RightFactor.Packed(weight.type(), k, n, panels));
    }

    /// The type that a left factor has when it meets a right one of type `right`.
    private DType leftType(DType right) {
        return right == DType.BF16 && bf16Products ? DType.BF16 : DType.F32;
    }

    private record LayoutKey(DType type, int n, int k) {}

    /// The compiled product, shared by all that have its shape; none if the library has no fast kernel for it.
    private Optional<NativeProduct> product(Gemm gemm, Operand a, Right right, Operand c, Residual residual) {
        if (residual != Residual.NONE && residual != Residual.IN_PLACE && c.rowStride() != gemm.n()) {
            return Optional.empty();
        }
        NativeProduct.Shape shape = new NativeProduct.Shape(
                gemm.m(), gemm.n(), gemm.k(), a, right, c, gemm.bias().isPresent(), gemm.activation(), residual);
        return products.computeIfAbsent(shape, this::compile);
    }

    private Optional<NativeProduct> compile(NativeProduct.Shape shape) {
        try {
            NativeProduct product = NativeProduct.of(library, shape);
            if (product.isSlow()) {
                product.close();
                return Optional.empty();
            }
            return Optional.of(product);
        } catch (OneDnnException e) {
            if (e.isUnimplemented()) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /// The residual is added in place, after it is copied there if need be, wherever it has the type of `c`.
    private static Residual residual(Gemm gemm) {
        if (gemm.residual().isEmpty()) {
            return Residual.NONE;
        }
        Matrix r = gemm.residual().get();
        if (r.type() == gemm.c().type()) {
            return Residual.IN_PLACE;
        }
        return r.type() == DType.F32 ? Residual.F32 : Residual.BF16;
    }

    private static Operand operand(Matrix x) {
        return new Operand(x.type(), x.rowStride(), x.columnStride());
    }

    private static Operand widened(Matrix a) {
        return a.transposed() ? Operand.columns(DType.F32, a.rows()) : Operand.rows(DType.F32, a.columns());
    }

    private static long align(long bytes) {
        return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }

    @Override
    public void close() {
        bound.forEach(Bound::close);
        products.values().forEach(p -> p.ifPresent(NativeProduct::close));
        layouts.values().forEach(l -> l.ifPresent(PackedLayout::close));
    }
}
