package org.rduzoo.backend.host.onednn;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.rduzoo.backend.host.onednn.LongCall.call;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// The functions of oneDNN's C interface that we call, under their own names less `dnnl_`. Each one that can fail
/// does so with a [OneDnnException] that names it.
///
/// This class may be touched only after [OneDnn] has loaded the library.
final class Functions {

    // dnnl_data_type_t
    /// Found once each: a look-up is a search through the library's names.
    private static final Map<String, MemorySegment> SYMBOLS = new ConcurrentHashMap<>();

    static final int BF16 = 2;
    static final int F32 = 3;
    // dnnl_format_tag_t
    private static final int TAG_ANY = 1;
    /// `BA16a64b`: blocks of 64 columns, in each 64 elements of a row after those of the row before.
    private static final int TAG_BLOCKS = 506;
    /// `BA16a32b2a`: blocks of 32 columns, in each two elements of every column after the two before.
    private static final int TAG_PAIRS = 382;
    // dnnl_query_t
    private static final int QUERY_IMPL_INFO = 8;
    static final int QUERY_WEIGHTS = 131;
    static final int QUERY_DIFF_WEIGHTS = 132;
    static final int QUERY_SCRATCHPAD = 136;
    // arguments of a primitive
    static final int ARG_SRC = 1;
    static final int ARG_DST = 17;
    static final int ARG_WEIGHTS = 33;
    static final int ARG_BIAS = 41;
    static final int ARG_SCRATCHPAD = 80;
    static final int ARG_DIFF_DST = 145;
    static final int ARG_DIFF_WEIGHTS = 161;
    /// The operand of the first post-op is `ARG_POST_OP + ARG_POST_OP_OPERAND`, that of the second
    /// `2 * ARG_POST_OP + ARG_POST_OP_OPERAND`.
    static final int ARG_POST_OP = 32768;

    static final int ARG_POST_OP_OPERAND = 2;

    private static final int CPU = 1;
    private static final int IN_ORDER = 1;
    private static final int SCRATCHPAD_BY_USER = 1;
    private static final int BINARY_ADD = 131056;
    private static final int BINARY_MUL = 131057;
    private static final int FORWARD_TRAINING = 64;
    private static final int FORWARD_INFERENCE = 96;
    private static final int CONVOLUTION_DIRECT = 1;
    private static final int DECONVOLUTION_DIRECT = 10;

    /// Numbers in a row of a cell: no tensor of ours has more dimensions.
    private static final long CELL_ROW = 8;

    /// A thread's memory for what calls read and what they leave: the first row is for the latter.
    private static final ThreadLocal<MemorySegment> CELL =
            ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(5 * CELL_ROW * Long.BYTES, Long.BYTES));

    private static final MemorySegment EXECUTE = symbol("dnnl_primitive_execute");
    private static final MemorySegment MEMORY = symbol("dnnl_memory_create");
    private static final MemorySegment MOVE = symbol("dnnl_memory_set_data_handle");

    private Functions() {}

    static MemorySegment engine() {
        return create("dnnl_engine_create", CPU, 0, 0, 0, 0, 0);
    }

    static MemorySegment stream(MemorySegment engine) {
        return create("dnnl_stream_create", engine.address(), IN_ORDER, 0, 0, 0, 0);
    }

    /// A description of a tensor in memory. A stride is in elements.
    static MemorySegment description(int type, long[] dims, long[] strides) {
        MemorySegment cell = CELL.get();
        long d = put(dims, 1, cell);
        long s = put(strides, 2, cell);
        return create("dnnl_memory_desc_create_with_strides", dims.length, d, type, s, 0, 0);
    }

    /// A description that leaves the layout to the primitive.
    static MemorySegment descriptionOfAnyLayout(int type, long[] dims) {
        return description(type, dims, TAG_ANY);
    }

    /// A description of a matrix in blocks of 64 columns.
    static MemorySegment descriptionInBlocks(int type, long[] dims) {
        return description(type, dims, TAG_BLOCKS);
    }

    /// A description of a matrix in blocks of 32 columns, in which elements stand in pairs.
    static MemorySegment descriptionInPairs(int type, long[] dims) {
        return description(type, dims, TAG_PAIRS);
    }

    private static MemorySegment description(int type, long[] dims, int tag) {
        long d = put(dims, 1, CELL.get());
        return create("dnnl_memory_desc_create_with_tag", dims.length, d, type, tag, 0, 0);
    }

    static MemorySegment cloneDescription(MemorySegment description) {
        return create("dnnl_memory_desc_clone", description.address(), 0, 0, 0, 0, 0);
    }

    static void destroyDescription(MemorySegment description) {
        destroy("dnnl_memory_desc_destroy", description);
    }

    static long bytes(MemorySegment description) {
        return call(symbol("dnnl_memory_desc_get_size"), description.address(), 0, 0);
    }

    /// The address of a memory. A model has thousands, so this is as short as it can be.
    static long memory(MemorySegment description, MemorySegment engine, MemorySegment data) {
        MemorySegment out = CELL.get();
        int status =
                (int) call(MEMORY, out.address(), description.address(), engine.address(), data.address(), 0, 0, 0);
        OneDnnException.check(status, "dnnl_memory_create");
        return out.get(JAVA_LONG, 0);
    }

    /// Has a memory be somewhere else.
    static void moveMemory(long memory, long data) {
        int status = (int) call(MOVE, memory, data, 0);
        OneDnnException.check(status, "dnnl_memory_set_data_handle");
    }

    static void destroyMemory(long memory) {
        check("dnnl_memory_destroy", memory, 0, 0);
    }

    static MemorySegment postOps() {
        return create("dnnl_post_ops_create", 0, 0, 0, 0, 0, 0);
    }

    static void appendEltwise(MemorySegment postOps, int algorithm, float alpha) {
        String name = "dnnl_post_ops_append_eltwise";
        MemorySegment function = symbol(name);
        int status = (int) call(
                function,
                postOps.address(),
                algorithm,
                0,
                alpha,
                0,
                () -> (int) LongCall.exact(ADDRESS, JAVA_INT, JAVA_FLOAT, JAVA_FLOAT)
                        .invokeExact(function, postOps, algorithm, alpha, 0f));
        OneDnnException.check(status, name);
    }

    static void appendSum(MemorySegment postOps, int type) {
        String name = "dnnl_post_ops_append_sum";
        MemorySegment function = symbol(name);
        int status = (int) call(function, postOps.address(), 0, type, 1, 0, () -> (int)
                LongCall.exact(ADDRESS, JAVA_FLOAT, JAVA_INT, JAVA_INT).invokeExact(function, postOps, 1f, 0, type));
        OneDnnException.check(status, name);
    }

    static void appendAdd(MemorySegment postOps, MemorySegment description) {
        check("dnnl_post_ops_append_binary", postOps.address(), BINARY_ADD, description.address());
    }

    static void appendMultiply(MemorySegment postOps, MemorySegment description) {
        check("dnnl_post_ops_append_binary", postOps.address(), BINARY_MUL, description.address());
    }

    static void destroyPostOps(MemorySegment postOps) {
        destroy("dnnl_post_ops_destroy", postOps);
    }

    /// Attributes with these post-ops and a scratchpad that we bring.
    static MemorySegment attributes(MemorySegment postOps) {
        MemorySegment attr = create("dnnl_primitive_attr_create", 0, 0, 0, 0, 0, 0);
        check("dnnl_primitive_attr_set_scratchpad_mode", attr.address(), SCRATCHPAD_BY_USER, 0);
        check("dnnl_primitive_attr_set_post_ops", attr.address(), postOps.address(), 0);
        return attr;
    }

    static void destroyAttributes(MemorySegment attr) {
        destroy("dnnl_primitive_attr_destroy", attr);
    }

    static MemorySegment matmul(
            MemorySegment engine,
            MemorySegment src,
            MemorySegment weights,
            MemorySegment bias,
            MemorySegment dst,
            MemorySegment attr) {
        return create(
                "dnnl_matmul_primitive_desc_create",
                engine.address(),
                src.address(),
                weights.address(),
                bias.address(),
                dst.address(),
                attr.address());
    }

    /// The gradient of a convolution by its weight.
    ///
    /// @param src the convolution's operand, and `diffDst` the gradient by its result
    static MemorySegment convolutionWeightGradient(
            MemorySegment engine,
            MemorySegment src,
            MemorySegment weights,
            MemorySegment diffWeights,
            MemorySegment diffDst,
            long[] strides,
            long[] gaps,
            long[] paddingBefore,
            long[] paddingAfter,
            MemorySegment attr) {
        String forward = "dnnl_convolution_forward_primitive_desc_create";
        String backward = "dnnl_convolution_backward_weights_primitive_desc_create";
        MemorySegment out = CELL.get();
        long step = put(strides, 1, out);
        long gap = put(gaps, 2, out);
        long before = put(paddingBefore, 3, out);
        long after = put(paddingAfter, 4, out);
        int status = (int) LongCall.callLong(
                symbol(forward),
                out.address(),
                engine.address(),
                FORWARD_TRAINING,
                CONVOLUTION_DIRECT,
                src.address(),
                weights.address(),
                0,
                diffDst.address(),
                step,
                gap,
                before,
                after,
                attr.address());
        OneDnnException.check(status, forward);
        MemorySegment hint = handle(out);
        try {
            status = (int) LongCall.callLong(
                    symbol(backward),
                    out.address(),
                    engine.address(),
                    CONVOLUTION_DIRECT,
                    src.address(),
                    diffWeights.address(),
                    0,
                    diffDst.address(),
                    step,
                    gap,
                    before,
                    after,
                    hint.address(),
                    attr.address());
            OneDnnException.check(status, backward);
            return handle(out);
        } finally {
            destroyPrimitiveDescription(hint);
        }
    }

    /// A convolution, or a transposed one. Of the dimensions behind batch and channels, `strides`, `gaps` between taps
    /// and both paddings have one number each.
    static MemorySegment convolution(
            boolean transposed,
            MemorySegment engine,
            MemorySegment src,
            MemorySegment weights,
            MemorySegment bias,
            MemorySegment dst,
            long[] strides,
            long[] gaps,
            long[] paddingBefore,
            long[] paddingAfter,
            MemorySegment attr) {
        String name = transposed
                ? "dnnl_deconvolution_forward_primitive_desc_create"
                : "dnnl_convolution_forward_primitive_desc_create";
        MemorySegment out = CELL.get();
        int status = (int) LongCall.callLong(
                symbol(name),
                out.address(),
                engine.address(),
                FORWARD_INFERENCE,
                transposed ? DECONVOLUTION_DIRECT : CONVOLUTION_DIRECT,
                src.address(),
                weights.address(),
                bias.address(),
                dst.address(),
                put(strides, 1, out),
                put(gaps, 2, out),
                put(paddingBefore, 3, out),
                put(paddingAfter, 4, out),
                attr.address());
        OneDnnException.check(status, name);
        return handle(out);
    }

    static MemorySegment reorder(MemorySegment engine, MemorySegment from, MemorySegment to, MemorySegment attr) {
        return create(
                "dnnl_reorder_primitive_desc_create",
                from.address(),
                engine.address(),
                to.address(),
                engine.address(),
                attr.address(),
                0);
    }

    /// A description that the primitive description owns: the one asked for by `query`.
    static MemorySegment queryDescription(MemorySegment primitiveDescription, int query) {
        MemorySegment function = symbol("dnnl_primitive_desc_query_md");
        return MemorySegment.ofAddress(call(function, primitiveDescription.address(), query, 0));
    }

    /// The name of the kernel that the library chose, as in `brg_matmul:avx2`.
    @SuppressWarnings("restricted")
    static String implementation(MemorySegment primitiveDescription) {
        String name = "dnnl_primitive_desc_query";
        MemorySegment out = CELL.get();
        int status =
                (int) call(symbol(name), primitiveDescription.address(), QUERY_IMPL_INFO, 0, out.address(), 0, 0, 0);
        OneDnnException.check(status, name);
        return handle(out).reinterpret(256).getString(0);
    }

    static void destroyPrimitiveDescription(MemorySegment primitiveDescription) {
        destroy("dnnl_primitive_desc_destroy", primitiveDescription);
    }

    static MemorySegment primitive(MemorySegment primitiveDescription) {
        return create("dnnl_primitive_create", primitiveDescription.address(), 0, 0, 0, 0, 0);
    }

    static void destroyPrimitive(MemorySegment primitive) {
        destroy("dnnl_primitive_destroy", primitive);
    }

    /// Runs a primitive to its end: on a processor's stream the call returns when the work is done.
    static void execute(MemorySegment primitive, MemorySegment stream, int count, MemorySegment arguments) {
        int status = (int) call(EXECUTE, primitive.address(), stream.address(), count, arguments.address(), 0, 0, 0);
        OneDnnException.check(status, "dnnl_primitive_execute");
    }

    static void limitIsa(int isa) {
        check("dnnl_set_max_cpu_isa", isa, 0, 0);
    }

    /// Calls a function that writes a handle to where its first argument points.
    private static MemorySegment create(String name, long b, long c, long d, long e, long f, long g) {
        MemorySegment out = CELL.get();
        OneDnnException.check((int) call(symbol(name), out.address(), b, c, d, e, f, g), name);
        return handle(out);
    }

    /// What a function left. As a number: an address is read through handles of methods that take their time to make.
    private static MemorySegment handle(MemorySegment out) {
        return MemorySegment.ofAddress(out.get(JAVA_LONG, 0));
    }

    private static void destroy(String name, MemorySegment handle) {
        check(name, handle.address(), 0, 0);
    }

    private static void check(String name, long a, long b, long c) {
        OneDnnException.check((int) call(symbol(name), a, b, c), name);
    }

    /// Lays numbers where a function reads them, in the row `row` of a cell, and says where that is.
    private static long put(long[] numbers, int row, MemorySegment cell) {
        long at = row * CELL_ROW * Long.BYTES;
        for (int i = 0; i < numbers.length; i++) {
            cell.set(JAVA_LONG, at + i * (long) Long.BYTES, numbers[i]);
        }
        return cell.address() + at;
    }

    private static MemorySegment symbol(String name) {
        MemorySegment known = SYMBOLS.get(name);
        return known == null
                ? SYMBOLS.computeIfAbsent(name, n -> OneDnn.library().findOrThrow(n))
                : known;
    }
}
