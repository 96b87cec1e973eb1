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

    /// `[rows, headSize]`, of the blocks' type.
    final long queries;

    /// `[keys, headSize]`, likewise.
    final long keys;

    /// `[keys, valueSize]`, likewise.
    final long values;

    /// `f32 [rows, keys]`
    final long scores;

    /// `[rows, keys]`, of the blocks' type.
    final long shares;

    /// `f32 [rows, valueSize]`
    final long outputs;

    /// `i32 [keys]`
    final long segments;

    /// How far the rows are.
    final Rows rows;

    private boolean oneSegment;
    private int firstSegment;

    private final Bound score;
    private final Bound setValues;
    private final Bound addValues;

    private Workspace(Blocks b, Function<Shape, NativeProduct> products, Arena arena) {
        int bytes = b.type().bytes();
        MemorySegment queryRows = NativeMemory.zeros((long) b.rows() * b.headSize() * bytes, arena);
        MemorySegment keyRows = NativeMemory.zeros((long) b.keys() * b.headSize() * bytes, arena);
        MemorySegment valueRows = NativeMemory.zeros((long) b.keys() * b.valueSize() * bytes, arena);
        MemorySegment scoreRows = NativeMemory.zeros(4L * b.rows() * b.keys(), arena);
        MemorySegment shareRows = NativeMemory.zeros((long) b.rows() * b.keys() * bytes, arena);
        MemorySegment outputRows = NativeMemory.zeros(4L * b.rows() * b.valueSize(), arena);
        queries = queryRows.address();
        keys = keyRows.address();
        values = valueRows.address();
        scores = scoreRows.address();
        shares = shareRows.address();
        outputs = outputRows.address();
        segments = NativeMemory.zeros(4L * b.keys(), arena).address();
        rows = new Rows(
                scores,
                shares,
                b.keys(),
                new int[b.rows()],
                new int[b.rows()],
                new float[b.rows()],
                new float[b.rows()]);
        score = bind(products.apply(scores(b)), queryRows, keyRows, scoreRows, arena);
        setValues = bind(products.apply(values(b, Residual.NONE)), shareRows, valueRows, outputRows, arena);
        addValues = bind(products.apply(values(b, Residual.IN_PLACE)), shareRows, valueRows, outputRows, arena);
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
                Operand.rows(b.type(), b.headSize()),
                Operand.columns(b.type(), b.headSize()),
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
                Operand.rows(b.type(), b.valueSize()),
                Operand.rows(DType.F32, b.valueSize()),
                false,
                Optional.empty(),
                residual);
    }

    private static Bound bind(NativeProduct product, MemorySegment a, MemorySegment b, MemorySegment c, Arena arena) {
        MemorySegment pad = NativeMemory.zeros(Math.max(ALIGNMENT, product.scratchBytes()), arena);
        return product.bind(a, b, MemorySegment.NULL, MemorySegment.NULL, c, pad);
    }

    /// Begins with `rows` rows that have seen no key yet.
    void begin(int count) {
        Arrays.fill(rows.max(), 0, count, Float.NEGATIVE_INFINITY);
        Arrays.fill(rows.sum(), 0, count, 0);
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

    void score() {
        score.run();
    }

    /// Sets the outputs to shares of the values, or adds those.
    void addValues(boolean add) {
        (add ? addValues : setValues).run();
    }

    @Override
    public void close() {
        score.close();
        setValues.close();
        addValues.close();
    }
}
