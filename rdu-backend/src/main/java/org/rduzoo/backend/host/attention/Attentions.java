package org.rduzoo.backend.host.attention;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.rduzoo.backend.host.kernel.AttentionSpec;
import org.rduzoo.backend.host.kernel.Kernels;
import org.rduzoo.backend.host.kernel.Scratch;
import org.rduzoo.backend.host.machine.HostIsa;
import org.rduzoo.backend.host.machine.Kernel;
import org.rduzoo.backend.host.onednn.NativeProduct;
import org.rduzoo.backend.host.onednn.OneDnn;
import org.rduzoo.ir.DType;

/// Makes kernels for attention, the fastest for the shape and the processor.
public final class Attentions implements AutoCloseable {

    /// Rows below which products of matrices do not pay.
    private static final int FEWEST_ROWS = 32;

    /// Blocks of rows that a part has, if there is more than one a thread.
    private static final int LEAST_UNITS = 2;

    private final HostIsa isa;
    private final Kernels kernels;
    private final Scratch scratch;
    private final Optional<OneDnn> library;
    private final Arena arena = Arena.ofShared();
    private final Map<NativeProduct.Shape, NativeProduct> products = new HashMap<>();
    private final Map<Blocks, List<Workspace>> workspaces = new HashMap<>();

    /// @param kernels for what is not done by products
    /// @param scratch made for as many parts as kernels will be run with
    public Attentions(HostIsa isa, Kernels kernels, Scratch scratch) {
        this.isa = isa;
        this.kernels = kernels;
        this.scratch = scratch;
        this.library = OneDnn.load(isa);
    }

    /// A kernel that computes `spec`. Its parts are those that the scratch was made for.
    public Kernel attention(AttentionSpec spec) {
        Optional<DType> type = productType(spec);
        if (type.isEmpty() || spec.group() * spec.queries() < FEWEST_ROWS || !(spec.scale() > 0)) {
            return kernels.attention(spec, scratch);
        }
        return byProducts(spec, type.get());
    }

    /// A kernel that computes `spec` by products of matrices of `type`.
    Kernel byProducts(AttentionSpec spec, DType type) {
        Blocks blocks = Blocks.of(spec, type);
        int parts = Kernel.partsOf(MatrixAttention.units(spec, blocks), LEAST_UNITS, scratch.parts());
        List<Workspace> known = workspaces.computeIfAbsent(blocks, _ -> new ArrayList<>());
        while (known.size() < parts) {
            known.add(Workspace.of(blocks, this::product, arena));
        }
        return new MatrixAttention(spec, blocks, List.copyOf(known.subList(0, parts)));
    }

    private NativeProduct product(NativeProduct.Shape shape) {
        return products.computeIfAbsent(shape, s -> NativeProduct.of(library.orElseThrow(), s));
    }

    /// The element type of products that would be fast.
    private Optional<DType> productType(AttentionSpec spec) {
        boolean bf16 = spec.q().place().dtype() == DType.BF16
                && spec.k().place().dtype() == DType.BF16
                && spec.v().place().dtype() == DType.BF16;
        return library.isEmpty()
                ? Optional.empty()
                : Optional.of(bf16 && isa.hasBf16Products() ? DType.BF16 : DType.F32);
    }

    @Override
    public void close() {
        workspaces.values().forEach(list -> list.forEach(Workspace::close));
        products.values().forEach(NativeProduct::close);
        arena.close();
    }
}
