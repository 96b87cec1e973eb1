package org.rduzoo.backend.host.onednn;

import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.UnaryFn;

/// A product of matrices of fixed shape, compiled for this processor: oneDNN's matmul. Threads may run it at once,
/// each through its own [#bind].
public final class NativeProduct implements AutoCloseable {

    /// The functions that a product can apply to its result before it is stored.
    public static final Set<UnaryFn> ACTIVATIONS = Eltwise.FUNCTIONS;

    /// `c[m, n] = activation(a[m, k] · b[k, n] + bias[n]) + residual[m, n]`, summed in fp32 and rounded once.
    ///
    /// Both factors are `f32`, or both `bf16`, or the left one `f32` and the right one `bf16`.
    ///
    /// @param bias whether there is one; it is `f32`
    public record Shape(
            int m,
            int n,
            int k,
            Operand a,
            Right b,
            Operand c,
            boolean bias,
            Optional<UnaryFn> activation,
            Residual residual) {

        // A record's own methods are linked when they are first called, which takes some milliseconds of each start.

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Shape s
                    && m == s.m
                    && n == s.n
                    && k == s.k
                    && bias == s.bias
                    && residual == s.residual
                    && activation.equals(s.activation)
                    && a.equals(s.a)
                    && b.equals(s.b)
                    && c.equals(s.c);
        }

        @Override
        public int hashCode() {
            return 31 * (31 * (31 * m + n) + k) + b.hashCode();
        }
    }

    /// What is added last.
    public enum Residual {
        NONE,
        /// What `c` holds before.
        IN_PLACE,
        /// Another matrix, of `f32`. Fast only if the rows of `c` are dense; the matrix lies as `c` does.
        F32,
        /// Another matrix, of `bf16`. Fast only if the rows of `c` are dense; the matrix lies as `c` does.
        BF16
    }

    private final OneDnn library;
    private final Description description;
    private final Primitive primitive;
    private final MemorySegment weights;
    private final long scratchBytes;
    private final Memories sources;
    private final Memories targets;
    private final Memories scratchpads;

    private NativeProduct(OneDnn library, Description description) {
        this.library = library;
        this.description = description;
        this.primitive = Primitive.of(description.handle);
        this.weights = Functions.queryDescription(description.handle, Functions.QUERY_WEIGHTS);
        MemorySegment scratchpad = Functions.queryDescription(description.handle, Functions.QUERY_SCRATCHPAD);
        this.scratchBytes = Functions.bytes(scratchpad);
        this.sources = new Memories(library, description.a);
        this.targets = new Memories(library, description.c);
        this.scratchpads = new Memories(library, scratchpad);
    }

    /// Compiles a product.
    ///
    /// @throws OneDnnException if the library has no kernel for it
    public static NativeProduct of(OneDnn library, Shape shape) {
        return switch (shape.b) {
            case Operand plain -> {
                MemorySegment b = plain.description(shape.k, shape.n);
                try {
                    yield new NativeProduct(library, describe(library, shape, b));
                } finally {
                    Functions.destroyDescription(b);
                }
            }
            case PackedLayout packed -> new NativeProduct(library, describe(library, shape, packed.description()));
        };
    }

    /// Whether the library has no fast kernel for this shape: it then takes the plainest of loops, a thousand times
    /// slower.
    public boolean isSlow() {
        return description.isSlow();
    }

    /// The kernel that the library chose, as in `brg_matmul:avx512_core_bf16`.
    public String implementation() {
        return Functions.implementation(description.handle);
    }

    /// Bytes of scratch memory, aligned to 64, that a run needs.
    public long scratchBytes() {
        return scratchBytes;
    }

    /// Ties the product to memory, for one thread.
    ///
    /// @param bias ignored if the product has none, as is `residual`
    /// @param scratch [#scratchBytes] that no other thread uses meanwhile
    public Bound bind(
            MemorySegment a,
            MemorySegment b,
            MemorySegment bias,
            MemorySegment residual,
            MemorySegment c,
            MemorySegment scratch) {
        Arguments arguments = new Arguments(library);
        arguments.addShared(Functions.ARG_SRC, sources, a);
        arguments.add(Functions.ARG_WEIGHTS, weights, b);
        arguments.addShared(Functions.ARG_DST, targets, c);
        if (!description.bias.equals(MemorySegment.NULL)) {
            arguments.add(Functions.ARG_BIAS, description.bias, bias);
        }
        if (!description.residual.equals(MemorySegment.NULL)) {
            int place = description.shape.activation.isPresent() ? 2 : 1;
            arguments.add(
                    Functions.ARG_POST_OP * place + Functions.ARG_POST_OP_OPERAND, description.residual, residual);
        }
        if (scratchBytes > 0) {
            arguments.addShared(Functions.ARG_SCRATCHPAD, scratchpads, scratch);
        }
        return new Bound(primitive, arguments);
    }

    /// Ties the product, which has neither bias nor residual of its own, to memory, for one thread. Its factors come
    /// with each run.
    public Bound bindMoving(MemorySegment c, MemorySegment scratch) {
        Arguments arguments = new Arguments(library);
        arguments.add(Functions.ARG_SRC, description.a, c);
        arguments.add(Functions.ARG_WEIGHTS, weights, c);
        arguments.addShared(Functions.ARG_DST, targets, c);
        if (scratchBytes > 0) {
            arguments.addShared(Functions.ARG_SCRATCHPAD, scratchpads, scratch);
        }
        return new Bound(primitive, arguments);
    }

    @Override
    public void close() {
        sources.close();
        targets.close();
        scratchpads.close();
        primitive.close();
        description.close();
    }

    /// The library's description of a product, with those of its operands.
    record Description(
            Shape shape,
            MemorySegment a,
            MemorySegment bias,
            MemorySegment residual,
            MemorySegment c,
            MemorySegment handle)
            implements AutoCloseable {
        boolean isSlow() {
            return Functions.implementation(handle).startsWith("ref");
        }

        @Override
        public void close() {
            Functions.destroyPrimitiveDescription(handle);
            Functions.destroyDescription(a);
            Functions.destroyDescription(c);
            if (!bias.equals(MemorySegment.NULL)) {
                Functions.destroyDescription(bias);
            }
            if (!residual.equals(MemorySegment.NULL)) {
                Functions.destroyDescription(residual);
            }
        }
    }

    /// Describes a product whose right factor lies as `b` says.
    static Description describe(OneDnn library, Shape shape, MemorySegment b) {
        MemorySegment a = shape.a.description(shape.m, shape.k);
        MemorySegment c = shape.c.description(shape.m, shape.n);
        MemorySegment bias = shape.bias
                ? Functions.description(Functions.F32, new long[] {1, shape.n}, new long[] {shape.n, 1})
                : MemorySegment.NULL;
        MemorySegment residual = switch (shape.residual) {
            case NONE, IN_PLACE -> MemorySegment.NULL;
            case F32 -> Operand.rows(DType.F32, shape.c.rowStride()).description(shape.m, shape.n);
            case BF16 -> Operand.rows(DType.BF16, shape.c.rowStride()).description(shape.m, shape.n);
        };
        MemorySegment postOps = Functions.postOps();
        shape.activation.ifPresent(f -> Eltwise.append(postOps, f));
        switch (shape.residual) {
            case NONE -> {}
            case IN_PLACE -> Functions.appendSum(postOps, shape.c.code());
            case F32, BF16 -> Functions.appendAdd(postOps, residual);
        }
        MemorySegment attributes = Functions.attributes(postOps);
        try {
            MemorySegment handle = Functions.matmul(library.engine(), a, b, bias, c, attributes);
            return new Description(shape, a, bias, residual, c, handle);
        } finally {
            Functions.destroyAttributes(attributes);
            Functions.destroyPostOps(postOps);
        }
    }
}
