package org.rduzoo.backend.host;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.Map;
import org.rduzoo.backend.host.HostPlan.Parameter;
import org.rduzoo.backend.host.gemm.Products;
import org.rduzoo.backend.host.gemm.RightFactor;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Shape;
import org.rduzoo.samba.Nearest;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.Weights;

/// A checkpoint's weights as kernels read them. Each is converted or packed at most once, for all graphs of a PEF.
final class HostWeights {

    private final Weights weights;
    private final Products products;
    private final Arena arena;
    private final Map<String, MemorySegment> files = new HashMap<>();
    private final Map<Parameter, MemorySegment> plain = new HashMap<>();
    private final Map<Parameter, RightFactor> factors = new HashMap<>();

    HostWeights(Weights weights, Products products, Arena arena) {
        this.weights = weights;
        this.products = products;
        this.arena = arena;
    }

    /// The elements in row-major order, in the parameter's element type: the checkpoint's own memory if that is its
    /// type
    /// there.
    MemorySegment plain(Parameter parameter) {
        return plain.computeIfAbsent(parameter, p -> {
            DType stored = find(p).type().dtype();
            MemorySegment data = file(p);
            return stored == p.type().dtype()
                    ? data
                    : convert(data, stored, p.type().elements(), p.type().dtype());
        });
    }

    /// The weight `[n, k]` as the right factor of a product.
    ///
    /// @param rows how many rows the product has
    RightFactor factor(Parameter parameter, int rows) {
        return factors.computeIfAbsent(parameter, p -> {
            DType stored = find(p).type().dtype();
            boolean known = stored == DType.F32 || stored == DType.BF16 || stored == DType.F16;
            MemorySegment data = known ? file(p) : plain(p);
            DType from = known ? stored : p.type().dtype();
            return products.weight(
                    data, from, p.type().dim(0), p.type().dim(1), p.type().dtype(), rows);
        });
    }

    private Weights.Weight find(Parameter parameter) {
        Weights.Weight weight = weights.find(parameter.name())
                .orElseThrow(() -> new UserError("%s is missing from %s.%s Does the PEF belong to this checkpoint?"
                        .formatted(
                                parameter.name(), weights.source(), Nearest.hint(parameter.name(), weights.names()))));
        Shape expected = parameter.type().shape();
        if (!weight.type().shape().equals(expected)) {
            throw new UserError(
                    "%s has shape %s, but the PEF was compiled for %s. Read from %s. Compile again with this checkpoint."
                            .formatted(parameter.name(), weight.type().shape(), expected, weight.source()));
        }
        return weight;
    }

    /// The elements as the checkpoint has them, in native memory.
    private MemorySegment file(Parameter parameter) {
        return files.computeIfAbsent(parameter.name(), _ -> {
            MemorySegment data = find(parameter).segment();
            return data.isNative() ? data : arena.allocate(data.byteSize(), 64).copyFrom(data);
        });
    }

    private MemorySegment convert(MemorySegment data, DType stored, long elements, DType type) {
        MemorySegment converted = arena.allocate(elements * type.bytes(), 64);
        for (long i = 0; i < elements; i++) {
            float value = switch (stored) {
                case F32 -> data.get(ValueLayout.JAVA_FLOAT_UNALIGNED, i * 4);
                case F64 -> (float) data.get(ValueLayout.JAVA_DOUBLE_UNALIGNED, i * 8);
                case F16 -> Float.float16ToFloat(data.get(ValueLayout.JAVA_SHORT_UNALIGNED, i * 2));
                case BF16 -> Float.intBitsToFloat(data.get(ValueLayout.JAVA_SHORT_UNALIGNED, i * 2) << 16);
                case BOOL, U8, I8, F8_E4M3, F8_E5M2, I16, U16, I32, U32, I64, U64 ->
                    throw new UserError("%s holds weights of type %s, which the host engine does not compute with."
                            .formatted(weights.source(), stored.text()));
            };
            if (type == DType.F32) {
                converted.set(ValueLayout.JAVA_FLOAT, i * 4, value);
            } else {
                converted.set(ValueLayout.JAVA_SHORT, i * 2, toBf16(value));
            }
        }
        return converted;
    }

    /// The nearest `bf16`, ties to even.
    static short toBf16(float value) {
        int bits = Float.floatToRawIntBits(value);
        if (Float.isNaN(value)) {
            return (short) ((bits >>> 16) | 0x40);
        }
        return (short) ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
    }
}
