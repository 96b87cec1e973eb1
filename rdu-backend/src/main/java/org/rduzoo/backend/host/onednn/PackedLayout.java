package org.rduzoo.backend.host.onednn;

import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.rduzoo.ir.DType;

/// A layout that the library's kernels read fast as a right factor `[k, n]`. All products with such a factor share
/// it, whatever their number of rows.
///
/// Where both factors are bf16 and it goes up evenly, it is blocks of 32 columns in pairs of elements, which our own
/// product of one row reads as well. Else, where both have one type, it is the library's choice; its own reorder makes
/// either. Where bf16 meets f32, its reorder is a plain loop, so we pack what its kernels accept: blocks of 64 columns,
/// each in rows of 64.
public final class PackedLayout implements Right, AutoCloseable {

    /// Rows of the product that the layout is chosen for: as many as keep the processor's units busy.
    private static final int MANY_ROWS = 256;

    private static final int PAIRED_COLUMNS = 32;
    private static final int PAIRED_DEPTH = 32;
    private static final int BLOCK_COLUMNS = 64;
    private static final int BLOCK_DEPTH = 16;

    private final OneDnn library;
    private final DType left;
    private final DType type;
    private final int n;
    private final int k;
    private final MemorySegment description;

    /// How factors are packed, by the strides of their rows.
    private final Map<Long, Reorder> reorders = new ConcurrentHashMap<>();

    private PackedLayout(OneDnn library, DType left, DType type, int n, int k, MemorySegment description) {
        this.library = library;
        this.left = left;
        this.type = type;
        this.n = n;
        this.k = k;
        this.description = description;
    }

    /// The layout for a factor of this type and size, times a left factor of type `left`; none if no fast kernel
    /// reads one.
    public static Optional<PackedLayout> of(OneDnn library, DType left, DType type, int n, int k) {
        if (left != type && (n % BLOCK_COLUMNS != 0 || k % BLOCK_DEPTH != 0)) {
            return Optional.empty();
        }
        int code = Operand.code(type);
        MemorySegment wanted;
        if (left != type) {
            wanted = Functions.descriptionInBlocks(code, new long[] {k, n});
        } else if (isPaired(left, type, n, k)) {
            wanted = Functions.descriptionInPairs(code, new long[] {k, n});
        } else {
            wanted = Functions.descriptionOfAnyLayout(code, new long[] {k, n});
        }
        try (NativeProduct.Description product =
                NativeProduct.describe(library, shape(left, type, MANY_ROWS, n, k), wanted)) {
            MemorySegment chosen = Functions.queryDescription(product.handle(), Functions.QUERY_WEIGHTS);
            PackedLayout layout = new PackedLayout(library, left, type, n, k, Functions.cloneDescription(chosen));
            if (layout.isSlow(MANY_ROWS) || layout.isSlow(1)) {
                layout.close();
                return Optional.empty();
            }
            return Optional.of(layout);
        } catch (OneDnnException e) {
            if (e.isUnimplemented()) {
                return Optional.empty();
            }
            throw e;
        } finally {
            Functions.destroyDescription(wanted);
        }
    }

    /// Whether it is blocks of 32 columns, in each two elements of every column after the two before.
    public boolean isPaired() {
        return isPaired(left, type, n, k);
    }

    private static boolean isPaired(DType left, DType right, int n, int k) {
        return left == DType.BF16 && right == DType.BF16 && n % PAIRED_COLUMNS == 0 && k % PAIRED_DEPTH == 0;
    }

    private boolean isSlow(int m) {
        try (NativeProduct.Description product =
                NativeProduct.describe(library, shape(left, this, m, n, k), description)) {
            return product.isSlow();
        }
    }

    private static NativeProduct.Shape shape(DType left, DType right, int m, int n, int k) {
        return shape(left, Operand.columns(right, k), m, n, k);
    }

    private static NativeProduct.Shape shape(DType left, Right right, int m, int n, int k) {
        return new NativeProduct.Shape(
                m,
                n,
                k,
                Operand.rows(left, k),
                right,
                Operand.rows(DType.F32, n),
                false,
                Optional.empty(),
                NativeProduct.Residual.NONE);
    }

    /// Bytes that a packed factor takes.
    public long bytes() {
        return Functions.bytes(description);
    }

    /// Packs a factor whose columns lie one after the other: a weight `[n, k]` in rows of `stride` elements.
    public void pack(MemorySegment columns, long stride, MemorySegment packed) {
        if (left == type) {
            reorders.computeIfAbsent(stride, this::reorder).run(columns, packed);
        } else {
            IntStream.range(0, n / BLOCK_COLUMNS).parallel().forEach(b -> {
                long block = (long) b * BLOCK_COLUMNS;
                packBlock(columns.asSlice(2 * block * stride), stride, packed.asSlice(2 * block * k));
            });
        }
    }

    /// One block of columns of bf16: each row of the block, of one element a column, after the one before.
    private void packBlock(MemorySegment columns, long stride, MemorySegment block) {
        for (int depth = 0; depth < k; depth += BLOCK_DEPTH) {
            for (int column = 0; column < BLOCK_COLUMNS; column++) {
                long from = 2 * (column * stride + depth);
                long to = 2L * (depth * BLOCK_COLUMNS + column);
                for (int d = 0; d < BLOCK_DEPTH; d++) {
                    block.set(
                            JAVA_SHORT_UNALIGNED,
                            to + 2L * BLOCK_COLUMNS * d,
                            columns.get(JAVA_SHORT_UNALIGNED, from + 2L * d));
                }
            }
        }
    }

    private Reorder reorder(long stride) {
        MemorySegment from = Operand.columns(type, stride).description(k, n);
        try {
            return new Reorder(library, from, description);
        } finally {
            Functions.destroyDescription(from);
        }
    }

    MemorySegment description() {
        return description;
    }

    @Override
    public void close() {
        reorders.values().forEach(Reorder::close);
        Functions.destroyDescription(description);
    }
}
