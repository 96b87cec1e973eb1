package org.rduzoo.backend.host.onednn;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/// The functions of oneDNN's C interface that we call, under their own names less `dnnl_`. Each one that can fail
/// does so with a [OneDnnException] that names it.
///
/// This class may be touched only after [OneDnn] has loaded the library.
final class Functions {

    // dnnl_data_type_t
    static final int BF16 = 2;
    static final int F32 = 3;
    // dnnl_format_tag_t
    private static final int TAG_ANY = 1;
    /// `BA16a64b`: blocks of 64 columns, in each 64 elements of a row after those of the row before.
    private static final int TAG_BLOCKS = 506;
    // dnnl_query_t
    private static final int QUERY_IMPL_INFO = 8;
    static final int QUERY_WEIGHTS = 131;
    static final int QUERY_SCRATCHPAD = 136;
    // arguments of a primitive
    static final int ARG_SRC = 1;
    static final int ARG_DST = 17;
    static final int ARG_WEIGHTS = 33;
    static final int ARG_BIAS = 41;
    static final int ARG_SCRATCHPAD = 80;
    /// The operand of the first post-op is `ARG_POST_OP + ARG_POST_OP_OPERAND`, that of the second
    /// `2 * ARG_POST_OP + ARG_POST_OP_OPERAND`.
    static final int ARG_POST_OP = 32768;

    static final int ARG_POST_OP_OPERAND = 2;

    private static final int CPU = 1;
    private static final int IN_ORDER = 1;
    private static final int SCRATCHPAD_BY_USER = 1;
    private static final int BINARY_ADD = 131056;

    private static final MethodHandle ENGINE_CREATE = status("dnnl_engine_create", ADDRESS, JAVA_INT, JAVA_LONG);
    private static final MethodHandle STREAM_CREATE = status("dnnl_stream_create", ADDRESS, ADDRESS, JAVA_INT);
    private static final MethodHandle DESC_WITH_STRIDES =
            status("dnnl_memory_desc_create_with_strides", ADDRESS, JAVA_INT, ADDRESS, JAVA_INT, ADDRESS);
    private static final MethodHandle DESC_WITH_TAG =
            status("dnnl_memory_desc_create_with_tag", ADDRESS, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT);
    private static final MethodHandle DESC_CLONE = status("dnnl_memory_desc_clone", ADDRESS, ADDRESS);
    private static final MethodHandle DESC_DESTROY = status("dnnl_memory_desc_destroy", ADDRESS);
    private static final MethodHandle DESC_SIZE =
            function("dnnl_memory_desc_get_size", FunctionDescriptor.of(JAVA_LONG, ADDRESS));
    private static final MethodHandle MEMORY_CREATE = status("dnnl_memory_create", ADDRESS, ADDRESS, ADDRESS, ADDRESS);
    private static final MethodHandle MEMORY_DESTROY = status("dnnl_memory_destroy", ADDRESS);
    private static final MethodHandle ATTR_CREATE = status("dnnl_primitive_attr_create", ADDRESS);
    private static final MethodHandle ATTR_DESTROY = status("dnnl_primitive_attr_destroy", ADDRESS);
    private static final MethodHandle ATTR_SCRATCHPAD =
            status("dnnl_primitive_attr_set_scratchpad_mode", ADDRESS, JAVA_INT);
    private static final MethodHandle ATTR_POST_OPS = status("dnnl_primitive_attr_set_post_ops", ADDRESS, ADDRESS);
    private static final MethodHandle POST_OPS_CREATE = status("dnnl_post_ops_create", ADDRESS);
    private static final MethodHandle POST_OPS_DESTROY = status("dnnl_post_ops_destroy", ADDRESS);
    private static final MethodHandle POST_OPS_ELTWISE =
            status("dnnl_post_ops_append_eltwise", ADDRESS, JAVA_INT, JAVA_FLOAT, JAVA_FLOAT);
    private static final MethodHandle POST_OPS_SUM =
            status("dnnl_post_ops_append_sum", ADDRESS, JAVA_FLOAT, JAVA_INT, JAVA_INT);
    private static final MethodHandle POST_OPS_BINARY =
            status("dnnl_post_ops_append_binary", ADDRESS, JAVA_INT, ADDRESS);
    private static final MethodHandle MATMUL =
            status("dnnl_matmul_primitive_desc_create", ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS);
    private static final MethodHandle REORDER =
            status("dnnl_reorder_primitive_desc_create", ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS);
    private static final MethodHandle PD_QUERY =
            status("dnnl_primitive_desc_query", ADDRESS, JAVA_INT, JAVA_INT, ADDRESS);
    private static final MethodHandle PD_QUERY_MD =
            function("dnnl_primitive_desc_query_md", FunctionDescriptor.of(ADDRESS, ADDRESS, JAVA_INT, JAVA_INT));
    private static final MethodHandle PD_DESTROY = status("dnnl_primitive_desc_destroy", ADDRESS);
    private static final MethodHandle PRIMITIVE_CREATE = status("dnnl_primitive_create", ADDRESS, ADDRESS);
    private static final MethodHandle PRIMITIVE_DESTROY = status("dnnl_primitive_destroy", ADDRESS);
    private static final MethodHandle PRIMITIVE_EXECUTE =
            status("dnnl_primitive_execute", ADDRESS, ADDRESS, JAVA_INT, ADDRESS);

    private Functions() {}

    static MemorySegment engine() {
        return created("dnnl_engine_create", out -> (int) ENGINE_CREATE.invokeExact(out, CPU, 0L));
    }

    static MemorySegment stream(MemorySegment engine) {
        return created("dnnl_stream_create", out -> (int) STREAM_CREATE.invokeExact(out, engine, IN_ORDER));
    }

    /// A description of a tensor in memory. A stride is in elements.
    static MemorySegment description(int type, long[] dims, long[] strides) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment d = arena.allocateFrom(JAVA_LONG, dims);
            MemorySegment s = arena.allocateFrom(JAVA_LONG, strides);
            return created("dnnl_memory_desc_create_with_strides", out ->
                    (int) DESC_WITH_STRIDES.invokeExact(out, dims.length, d, type, s));
        }
    }

    /// A description that leaves the layout to the primitive.
    static MemorySegment descriptionOfAnyLayout(int type, long[] dims) {
        return description(type, dims, TAG_ANY);
    }

    /// A description of a matrix in blocks of 64 columns.
    static MemorySegment descriptionInBlocks(int type, long[] dims) {
        return description(type, dims, TAG_BLOCKS);
    }

    private static MemorySegment description(int type, long[] dims, int tag) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment d = arena.allocateFrom(JAVA_LONG, dims);
            return created("dnnl_memory_desc_create_with_tag", out ->
                    (int) DESC_WITH_TAG.invokeExact(out, dims.length, d, type, tag));
        }
    }

    static MemorySegment cloneDescription(MemorySegment description) {
        return created("dnnl_memory_desc_clone", out -> (int) DESC_CLONE.invokeExact(out, description));
    }

    static void destroyDescription(MemorySegment description) {
        call("dnnl_memory_desc_destroy", () -> (int) DESC_DESTROY.invokeExact(description));
    }

    static long bytes(MemorySegment description) {
        try {
            return (long) DESC_SIZE.invokeExact(description);
        } catch (Throwable e) {
            throw new OneDnnException("dnnl_memory_desc_get_size", e);
        }
    }

    static MemorySegment memory(MemorySegment description, MemorySegment engine, MemorySegment data) {
        return created("dnnl_memory_create", out -> (int) MEMORY_CREATE.invokeExact(out, description, engine, data));
    }

    static void destroyMemory(MemorySegment memory) {
        call("dnnl_memory_destroy", () -> (int) MEMORY_DESTROY.invokeExact(memory));
    }

    static MemorySegment postOps() {
        return created("dnnl_post_ops_create", out -> (int) POST_OPS_CREATE.invokeExact(out));
    }

    static void appendEltwise(MemorySegment postOps, int algorithm, float alpha) {
        call("dnnl_post_ops_append_eltwise", () -> (int) POST_OPS_ELTWISE.invokeExact(postOps, algorithm, alpha, 0f));
    }

    static void appendAdd(MemorySegment postOps, MemorySegment description) {
        call("dnnl_post_ops_append_binary", () -> (int) POST_OPS_BINARY.invokeExact(postOps, BINARY_ADD, description));
    }

    static void appendSum(MemorySegment postOps, int type) {
        call("dnnl_post_ops_append_sum", () -> (int) POST_OPS_SUM.invokeExact(postOps, 1f, 0, type));
    }

    static void destroyPostOps(MemorySegment postOps) {
        call("dnnl_post_ops_destroy", () -> (int) POST_OPS_DESTROY.invokeExact(postOps));
    }

    /// Attributes with these post-ops and a scratchpad that we bring.
    static MemorySegment attributes(MemorySegment postOps) {
        MemorySegment attr = created("dnnl_primitive_attr_create", out -> (int) ATTR_CREATE.invokeExact(out));
        call("dnnl_primitive_attr_set_scratchpad_mode", () ->
                (int) ATTR_SCRATCHPAD.invokeExact(attr, SCRATCHPAD_BY_USER));
        call("dnnl_primitive_attr_set_post_ops", () -> (int) ATTR_POST_OPS.invokeExact(attr, postOps));
        return attr;
    }

    static void destroyAttributes(MemorySegment attr) {
        call("dnnl_primitive_attr_destroy", () -> (int) ATTR_DESTROY.invokeExact(attr));
    }

    static MemorySegment matmul(
            MemorySegment engine,
            MemorySegment src,
            MemorySegment weights,
            MemorySegment bias,
            MemorySegment dst,
            MemorySegment attr) {
        return created("dnnl_matmul_primitive_desc_create", out ->
                (int) MATMUL.invokeExact(out, engine, src, weights, bias, dst, attr));
    }

    static MemorySegment reorder(MemorySegment engine, MemorySegment from, MemorySegment to, MemorySegment attr) {
        return created("dnnl_reorder_primitive_desc_create", out ->
                (int) REORDER.invokeExact(out, from, engine, to, engine, attr));
    }

    /// A description that the primitive description owns: the one asked for by `query`.
    static MemorySegment queryDescription(MemorySegment primitiveDescription, int query) {
        try {
            return (MemorySegment) PD_QUERY_MD.invokeExact(primitiveDescription, query, 0);
        } catch (Throwable e) {
            throw new OneDnnException("dnnl_primitive_desc_query_md", e);
        }
    }

    /// The name of the kernel that the library chose, as in `brg_matmul:avx2`.
    static String implementation(MemorySegment primitiveDescription) {
        MemorySegment text = created("dnnl_primitive_desc_query", out ->
                (int) PD_QUERY.invokeExact(primitiveDescription, QUERY_IMPL_INFO, 0, out));
        return cString(text);
    }

    static void destroyPrimitiveDescription(MemorySegment primitiveDescription) {
        call("dnnl_primitive_desc_destroy", () -> (int) PD_DESTROY.invokeExact(primitiveDescription));
    }

    static MemorySegment primitive(MemorySegment primitiveDescription) {
        return created("dnnl_primitive_create", out -> (int) PRIMITIVE_CREATE.invokeExact(out, primitiveDescription));
    }

    static void destroyPrimitive(MemorySegment primitive) {
        call("dnnl_primitive_destroy", () -> (int) PRIMITIVE_DESTROY.invokeExact(primitive));
    }

    /// Runs a primitive to its end: on a processor's stream the call returns when the work is done.
    static void execute(MemorySegment primitive, MemorySegment stream, int count, MemorySegment arguments) {
        int status;
        try {
            status = (int) PRIMITIVE_EXECUTE.invokeExact(primitive, stream, count, arguments);
        } catch (Throwable e) {
            throw new OneDnnException("dnnl_primitive_execute", e);
        }
        OneDnnException.check(status, "dnnl_primitive_execute");
    }

    /// A call that returns a status.
    private interface Call {
        int run() throws Throwable;
    }

    /// A call that returns a status and writes a handle.
    private interface Creation {
        int into(MemorySegment out) throws Throwable;
    }

    private static void call(String name, Call call) {
        int status;
        try {
            status = call.run();
        } catch (Throwable e) {
            throw new OneDnnException(name, e);
        }
        OneDnnException.check(status, name);
    }

    private static MemorySegment created(String name, Creation creation) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ADDRESS);
            call(name, () -> creation.into(out));
            return out.get(ADDRESS, 0);
        }
    }

    @SuppressWarnings("restricted")
    private static String cString(MemorySegment text) {
        return text.reinterpret(256).getString(0);
    }

    private static MethodHandle status(String name, MemoryLayout... arguments) {
        return function(name, FunctionDescriptor.of(JAVA_INT, arguments));
    }

    @SuppressWarnings("restricted")
    private static MethodHandle function(String name, FunctionDescriptor descriptor) {
        return Linker.nativeLinker().downcallHandle(OneDnn.library().findOrThrow(name), descriptor);
    }
}
