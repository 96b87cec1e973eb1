package org.rduzoo.backend.host.attention;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Function;
import org.rduzoo.backend.host.kernel.RawMemory;
import org.rduzoo.backend.host.onednn.Bound;
import org.rduzoo.backend.host.onednn.NativeMemory;
import org.rduzoo.backend.host.onednn.NativeProduct;
import org.rduzoo.backend.host.onednn.NativeProduct.Residual;
import org.rduzoo.backend.host.onednn.NativeProduct.Shape;
import org.rduzoo.backend.host.onednn.Operand;
import org.rduzoo.backend.host.simd.ShareRows.Rows;
import org.rduzoo.ir.DType;

/// What one thread computes attention in: blocks of rows at fixed addresses, and the products that are tied to them.
final class Workspace implements AutoCloseable {

    /// The segment of keys that no query sees.
    static final int HIDDEN = Integer.MIN_VALUE;

    private static final long ALIGNMENT = 64;

    /// `[rows, headSize]`, of the blocks' type: for queries that are brought together.
    final long queries;

    /// `[keys, headSize]`, likewise.
    final long keys;

    /// `[keys, valueSize]`, likewise.
    final long values;

    /// `i32 [keys]`
    final long segments;

    /// Scores, shares and outputs, and how far they are.
    final Rows rows;

    /// What the exponentials of each row add up to so far.
    final float[] sums;

    private boolean oneSegment;
    private int firstSegment;

    private final Bound score;
    private final Bound setValues;
    private final Bound addValues;

    private Workspace(Blocks b, Function<Shape, NativeProduct> products, Arena arena) {
        int bytes = b.type().bytes();
        queries = rows(b.rows(), b.headSize(), b.queryStride(), bytes, arena);
        keys = rows(b.keys(), b.headSize(), b.keyStride(), bytes, arena);
        values = rows(b.keys(), b.valueSize(), b.valueStride(), bytes, arena);
        segments = NativeMemory.zeros(4L * b.keys(), arena).address();
        MemorySegment scores = NativeMemory.zeros(4L * b.rows() * b.keys(), arena);
        MemorySegment shares = NativeMemory.zeros((long) b.rows() * b.keys() * bytes, arena);
        MemorySegment outputs = NativeMemory.zeros(4L * b.rows() * b.valueSize(), arena);
        rows = Rows.of(b.rows(), scores.address(), shares.address(), outputs.address(), b.keys(), b.valueSize());
        sums = new float[b.rows()];
        score = bind(products.apply(scores(b)), scores, arena);
        setValues = bind(products.apply(values(b, Residual.NONE)), outputs, arena);
        addValues = bind(products.apply(values(b, Residual.IN_PLACE)), outputs, arena);
    }

    /// Memory for rows side by side; none if rows are read where they are, further apart.
    private static long rows(int count, int size, long stride, int bytes, Arena arena) {
        return stride == size
                ? NativeMemory.zeros((long) count * size * bytes, arena).address()
                : 0;
    }

    static Workspace of(Blocks blocks, Function<Shape, NativeProduct> products, Arena arena) {
        return new Workspace(blocks, products, arena);
    }

    /// Scores of all rows by all keys.
    static Shape scores(Blocks b) {
        return new Shape(
                b.rows(),
                b.keys(),
                b.headSize(),
                Operand.rows(b.type(), b.queryStride()),
                Operand.columns(b.type(), b.keyStride()),
                Operand.rows(DType.F32, b.keys()),
                false,
                Optional.empty(),
                Residual.NONE);
    }

    /// Shares of values.
    static Shape values(Blocks b, Residual residual) {
        return new Shape(
                b.rows(),
                b.valueSize(),
                b.keys(),
                Operand.rows(b.type(), b.keys()),
                Operand.rows(b.type(), b.valueStride()),
                Operand.rows(DType.F32, b.valueSize()),
                false,
                Optional.empty(),
                residual);
    }

    private static Bound bind(NativeProduct product, MemorySegment c, Arena arena) {
        return product.bindMoving(c, NativeMemory.zeros(Math.max(ALIGNMENT, product.scratchBytes()), arena));
    }

    /// Begins with `rows` rows that have seen no key yet.
    void begin(int count) {
        Arrays.fill(rows.max(), 0, count, Float.NEGATIVE_INFINITY);
        Arrays.fill(sums, 0, count, 0);
    }

    /// Notes the segment of a key; the first one comes first.
    void segment(int key, int segment) {
        RawMemory.i32(segments + 4L * key, segment);
        oneSegment = key == 0 || (oneSegment && segment == firstSegment);
        firstSegment = key == 0 ? segment : firstSegment;
    }

    /// Whether all keys of the block are of this segment.
    boolean isAllOf(int segment) {
        return oneSegment && segment == firstSegment;
    }

    /// Computes scores of the queries and keys at two addresses.
    void score(long queries, long keys) {
        score.run(queries, keys);
    }

    /// Sets the outputs to shares of the values at an address, or adds those.
    void addValues(long values, boolean add) {
        (add ? addValues : setValues).run(rows.shares(), values);
    }

    @Override
    public void close() {
        score.close();
        setValues.close();
        addValues.close();
    }
}
