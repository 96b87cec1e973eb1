package org.rduzoo.backend.host.onednn;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.rduzoo.ir.DType;

/// The layout that the library's kernels read fastest as a right factor `[k, n]` of one type: blocks, of a form that
/// the processor decides. All products with such a factor share it, whatever their number of rows.
public final class PackedLayout implements Right, AutoCloseable {

    /// Rows of the product that the layout is chosen for: as many as keep the processor's units busy.
    private static final int MANY_ROWS = 256;

    private final OneDnn library;
    private final DType type;
    private final int n;
    private final int k;
    private final MemorySegment description;

    private PackedLayout(OneDnn library, DType type, int n, int k, MemorySegment description) {
        this.library = library;
        this.type = type;
        this.n = n;
        this.k = k;
        this.description = description;
    }

    /// The layout for a factor of this type and size, times a left factor of the same type.
    public static PackedLayout of(OneDnn library, DType type, int n, int k) {
        MemorySegment any = Functions.descriptionOfAnyLayout(Operand.code(type), new long[] {k, n});
        try (NativeProduct.Description product = NativeProduct.describe(
                library,
                new NativeProduct.Shape(
                        MANY_ROWS,
                        n,
                        k,
                        Operand.rows(type, k),
                        Operand.columns(type, k),
                        Operand.rows(DType.F32, n),
                        false,
                        Optional.empty(),
                        NativeProduct.Residual.NONE),
                any)) {
            MemorySegment chosen = Functions.queryDescription(product.handle(), Functions.QUERY_WEIGHTS);
            return new PackedLayout(library, type, n, k, Functions.cloneDescription(chosen));
        } finally {
            Functions.destroyDescription(any);
        }
    }

    /// Bytes that a packed factor takes.
    public long bytes() {
        return Functions.bytes(description);
    }

    /// Packs a factor whose columns lie one after the other: a weight `[n, k]` in rows of `stride` elements.
    public void pack(MemorySegment columns, long stride, MemorySegment packed) {
        MemorySegment from = Operand.columns(type, stride).description(k, n);
        MemorySegment noPostOps = Functions.postOps();
        MemorySegment attr = Functions.attributes(noPostOps);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment reorder = Functions.reorder(library.engine(), from, description, attr);
            long bytes = Functions.bytes(Functions.queryDescription(reorder, Functions.QUERY_SCRATCHPAD));
            MemorySegment scratch = bytes == 0 ? MemorySegment.NULL : arena.allocate(bytes, 64);
            try (Primitive primitive = Primitive.of(reorder);
                    Arguments arguments = new Arguments(library)) {
                arguments.add(Functions.ARG_SRC, from, columns);
                arguments.add(Functions.ARG_DST, description, packed);
                if (bytes > 0) {
                    arguments.add(
                            Functions.ARG_SCRATCHPAD,
                            Functions.queryDescription(reorder, Functions.QUERY_SCRATCHPAD),
                            scratch);
                }
                primitive.execute(arguments);
            } finally {
                Functions.destroyPrimitiveDescription(reorder);
            }
        } finally {
            Functions.destroyAttributes(attr);
            Functions.destroyPostOps(noPostOps);
            Functions.destroyDescription(from);
        }
    }

    DType type() {
        return type;
    }

    MemorySegment description() {
        return description;
    }

    @Override
    public void close() {
        Functions.destroyDescription(description);
    }
}
