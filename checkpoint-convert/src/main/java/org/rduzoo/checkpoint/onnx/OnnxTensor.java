package org.rduzoo.checkpoint.onnx;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.function.Supplier;
import org.rduzoo.ir.Type;

/// A tensor stored in a model.
///
/// @param data its elements in row-major order, little-endian, packed, without alignment
public record OnnxTensor(String name, Type type, Supplier<MemorySegment> data) {

    /// Its elements as whole numbers, if its type is one of whole numbers.
    public long[] toLongs() {
        MemorySegment from = data.get();
        long[] to = new long[Math.toIntExact(type.elements())];
        switch (type.dtype()) {
            case I64, U64 -> Arrays.setAll(to, i -> from.get(ValueLayout.JAVA_LONG_UNALIGNED, 8L * i));
            case I32 -> Arrays.setAll(to, i -> from.get(ValueLayout.JAVA_INT_UNALIGNED, 4L * i));
            case U32 ->
                Arrays.setAll(to, i -> Integer.toUnsignedLong(from.get(ValueLayout.JAVA_INT_UNALIGNED, 4L * i)));
            case I16 -> Arrays.setAll(to, i -> from.get(ValueLayout.JAVA_SHORT_UNALIGNED, 2L * i));
            case U16 ->
                Arrays.setAll(to, i -> Short.toUnsignedLong(from.get(ValueLayout.JAVA_SHORT_UNALIGNED, 2L * i)));
            case I8 -> Arrays.setAll(to, i -> from.get(ValueLayout.JAVA_BYTE, i));
            case U8, BOOL -> Arrays.setAll(to, i -> Byte.toUnsignedLong(from.get(ValueLayout.JAVA_BYTE, i)));
            case F32, F64, BF16, F16, F8_E4M3, F8_E5M2 ->
                throw new IllegalArgumentException(name + " holds " + type + ", not whole numbers");
        }
        return to;
    }
}
