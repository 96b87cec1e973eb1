package org.rduzoo.checkpoint.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.Supplier;
import java.util.stream.LongStream;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Type;
import org.rduzoo.samba.Weights.Weight;

/// Weights with their numbers in another type, each rounded once, to the nearest, ties to even.
public final class Converted {

    /// Elements that one core works on at a time.
    private static final int PIECE = 1 << 14;

    private Converted() {}

    /// `weight` as `dtype`, converted when its elements are asked for. Whole numbers and truth values stay what they
    /// are.
    ///
    /// @param dtype F64, F32, F16 or BF16
    public static Weight to(DType dtype, Weight weight) {
        DType from = weight.type().dtype();
        if (from == dtype || !from.isFloat()) {
            return weight;
        }
        Type type = weight.type().withDType(dtype);
        Supplier<MemorySegment> stored = weight.data();
        return new Weight(weight.name(), type, weight.source(), () -> converted(stored.get(), from, type));
    }

    private static MemorySegment converted(MemorySegment stored, DType from, Type type) {
        long elements = type.elements();
        MemorySegment out =
                Arena.ofAuto().allocate(Math.max(1, type.bytes()), 64).asSlice(0, type.bytes());
        LongStream.range(0, Math.ceilDiv(elements, PIECE)).parallel().forEach(piece -> {
            double[] numbers = new double[PIECE];
            long first = piece * PIECE;
            int n = (int) Math.min(PIECE, elements - first);
            Elements.read(stored, from, first, n, numbers);
            Elements.write(numbers, n, type.dtype(), out, first);
        });
        return out.asReadOnly();
    }
}
