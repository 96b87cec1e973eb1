package org.rduzoo.testkit;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.rduzoo.ir.Dense;
import org.rduzoo.ir.Type;
import org.rduzoo.samba.Weights;

/// Tensors of files as [Dense].
public final class DenseTensors {

    private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfDouble F64 =
            ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong I64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt I32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort I16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private DenseTensors() {}

    /// The elements of a tensor as they lie in its file.
    public static Dense read(Weights.Weight weight) {
        return read(weight.segment(), weight.type());
    }

    /// The elements of a tensor as they lie in memory, little-endian and packed.
    public static Dense read(MemorySegment data, Type type) {
        Dense dense = Dense.zeros(type);
        Arrays.setAll(dense.data(), i -> switch (type.dtype()) {
            case F32 -> data.getAtIndex(F32, i);
            case F64 -> data.getAtIndex(F64, i);
            case BF16 -> Float.intBitsToFloat(data.getAtIndex(I16, i) << 16);
            case F16 -> Float.float16ToFloat(data.getAtIndex(I16, i));
            case I64 -> data.getAtIndex(I64, i);
            case I32 -> data.getAtIndex(I32, i);
            case BOOL -> data.get(ValueLayout.JAVA_BYTE, i);
            case U8, I8, F8_E4M3, F8_E5M2, I16, U16, U32, U64 -> throw unused(type);
        });
        return dense;
    }

    /// Lays the elements of `dense` into memory, little-endian and packed.
    public static void write(Dense dense, MemorySegment to) {
        double[] data = dense.data();
        for (int i = 0; i < data.length; i++) {
            switch (dense.type().dtype()) {
                case F32 -> to.setAtIndex(F32, i, (float) data[i]);
                case F64 -> to.setAtIndex(F64, i, data[i]);
                case I64 -> to.setAtIndex(I64, i, (long) data[i]);
                case I32 -> to.setAtIndex(I32, i, (int) data[i]);
                case BOOL -> to.set(ValueLayout.JAVA_BYTE, i, (byte) (data[i] == 0 ? 0 : 1));
                case BF16, F16, U8, I8, F8_E4M3, F8_E5M2, I16, U16, U32, U64 -> throw unused(dense.type());
            }
        }
    }

    private static IllegalArgumentException unused(Type type) {
        return new IllegalArgumentException("tests have no use for " + type);
    }
}
