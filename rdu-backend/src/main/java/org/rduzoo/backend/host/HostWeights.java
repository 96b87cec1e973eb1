package org.rduzoo.backend.host;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.rduzoo.backend.host.HostPlan.Factor;
import org.rduzoo.backend.host.HostPlan.Parameter;
import org.rduzoo.backend.host.gemm.Matrix;
import org.rduzoo.backend.host.gemm.Products;
import org.rduzoo.backend.host.gemm.RightFactor;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Shape;
import org.rduzoo.samba.Nearest;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.Weights;

/// A checkpoint's weights as kernels read them. Each is converted or packed at most once, for all graphs of a PEF, on
/// any thread.
final class HostWeights {

    /// Columns of a matrix that are turned together: as many as a line of the cache holds of `bf16`.
    private static final int BAND = 32;

    private final Weights weights;
    private final ProductRows rows;
    private final Products products;
    private final Arena arena;
    private final Map<String, MemorySegment> files = new ConcurrentHashMap<>();
    private final Map<Parameter, MemorySegment> plain = new ConcurrentHashMap<>();
    private final Map<Factor, RightFactor> factors = new ConcurrentHashMap<>();

    HostWeights(Weights weights, ProductRows rows, Products products, Arena arena) {
        this.weights = weights;
        this.rows = rows;
        this.products = products;
        this.arena = arena;
    }

    /// The elements in row-major order, in the parameter's element type: the checkpoint's own memory if that is its
    /// type
    /// there.
    MemorySegment plain(Parameter parameter) {
        return plain.computeIfAbsent(parameter, p -> {
            DType stored = find(p).type().dtype();
            DType wanted = p.type().dtype();
            MemorySegment data = file(p);
            if (stored == wanted) {
                return data;
            }
            if (!isCommon(stored)) {
                return fromDouble(data, stored, p);
            }
            Shape shape = p.type().shape();
            int columns = columns(shape);
            MemorySegment converted =
                    products.convert(data, stored, Math.toIntExact(shape.elements() / columns), columns, wanted);
            unload(data);
            return converted;
        });
    }

    /// Copies the elements in row-major order, in the parameter's element type.
    void copy(Parameter parameter, MemorySegment to) {
        DType stored = find(parameter).type().dtype();
        DType wanted = parameter.type().dtype();
        if (stored == wanted || !isCommon(stored)) {
            MemorySegment.copy(plain(parameter), 0, to, 0, parameter.type().bytes());
        } else {
            Shape shape = parameter.type().shape();
            int columns = columns(shape);
            products.convert(file(parameter), stored, Math.toIntExact(shape.elements() / columns), columns, wanted, to);
        }
        unload(file(parameter));
    }

    private static int columns(Shape shape) {
        return shape.rank() == 0 ? 1 : Math.max(1, shape.dim(-1));
    }

    /// The weight `[n, k]` as the right factor of a product, in one layout for all products that the PEF has with it.
    ///
    /// @param asked how many rows the product has
    RightFactor factor(Factor factor, int asked) {
        return factors.computeIfAbsent(factor, f -> {
            Parameter p = f.parameter();
            DType stored = find(p).type().dtype();
            MemorySegment data = isCommon(stored) ? file(p) : plain(p);
            DType from = isCommon(stored) ? stored : p.type().dtype();
            Supplier<int[]> known = () -> rows.of(p.name(), asked);
            int first = p.type().dim(0);
            int second = p.type().dim(1);
            RightFactor right = f.transposed()
                    ? products.weight(
                            transposed(data, from, first, second),
                            from,
                            second,
                            first,
                            p.type().dtype(),
                            known)
                    : products.weight(data, from, first, second, p.type().dtype(), known);
            if (f.transposed()
                    || right instanceof RightFactor.Packed
                    || from != p.type().dtype()) {
                unload(data);
            }
            return right;
        });
    }

    /// As [#factor], for a product that may be made but once: the weight as it lies, unless it is packed by now or must
    /// be converted. To pack it takes longer than the library needs to pack parts of it in passing.
    RightFactor asItLies(Factor factor, int rowsAsked) {
        RightFactor known = factors.get(factor);
        Parameter p = factor.parameter();
        if (known != null
                || factor.transposed()
                || find(p).type().dtype() != p.type().dtype()) {
            return factor(factor, rowsAsked);
        }
        Matrix weight = Matrix.dense(
                file(p), p.type().dtype(), p.type().dim(0), p.type().dim(1));
        return new RightFactor.Plain(weight.transpose());
    }

    /// Lets go of the memory of a part of a mapped file that was copied: it comes back when it is read again.
    static void unload(MemorySegment data) {
        if (data.isMapped()) {
            data.unload();
        }
    }

    /// A matrix the other way round, made by all threads a band of rows at a time.
    private MemorySegment transposed(MemorySegment data, DType dtype, int rowCount, int columnCount) {
        int bytes = dtype.bytes();
        MemorySegment turned = arena.allocate((long) rowCount * columnCount * bytes, 64);
        int bands = (columnCount + BAND - 1) / BAND;
        IntStream.range(0, bands).parallel().forEach(band -> {
            int end = Math.min(columnCount, (band + 1) * BAND);
            for (int row = 0; row < rowCount; row++) {
                for (int column = band * BAND; column < end; column++) {
                    long from = ((long) row * columnCount + column) * bytes;
                    long to = ((long) column * rowCount + row) * bytes;
                    if (bytes == Float.BYTES) {
                        turned.set(ValueLayout.JAVA_INT, to, data.get(ValueLayout.JAVA_INT_UNALIGNED, from));
                    } else {
                        turned.set(ValueLayout.JAVA_SHORT, to, data.get(ValueLayout.JAVA_SHORT_UNALIGNED, from));
                    }
                }
            }
        });
        return turned;
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

    private static boolean isCommon(DType stored) {
        return stored == DType.F32 || stored == DType.BF16 || stored == DType.F16;
    }

    /// `f64` as what the graph computes with.
    private MemorySegment fromDouble(MemorySegment data, DType stored, Parameter parameter) {
        if (stored != DType.F64) {
            throw new UserError("%s holds %s as %s, which the host engine does not compute with."
                    .formatted(weights.source(), parameter.name(), stored.text()));
        }
        DType wanted = parameter.type().dtype();
        MemorySegment converted = arena.allocate(parameter.type().bytes(), 64);
        for (long i = 0; i < parameter.type().elements(); i++) {
            float value = (float) data.get(ValueLayout.JAVA_DOUBLE_UNALIGNED, i * 8);
            if (wanted == DType.F32) {
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
