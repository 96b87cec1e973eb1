package org.rduzoo.runners;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.rduzoo.backend.host.HostGraph;
import org.rduzoo.backend.host.HostOptions;
import org.rduzoo.backend.host.machine.HostIsa;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Dense;
import org.rduzoo.ir.Type;
import org.rduzoo.samba.Config;
import org.rduzoo.samba.UserError;

/// What goes into graphs and comes out of them.
final class Feed {

    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    private Feed() {}

    static HostOptions host(Arguments arguments) {
        HostIsa isa = arguments.text(Option.HOST_ISA).map(HostIsa::parse).orElseGet(HostIsa::detect);
        int threads =
                arguments.positive(Option.THREADS).orElse(Runtime.getRuntime().availableProcessors());
        return new HostOptions(isa, threads);
    }

    /// Writes `values` into row `row` of an `i64[B, T]` input, and `rest` behind them.
    static void row(HostGraph graph, String input, int row, int width, long[] values, long rest) {
        MemorySegment segment = graph.input(input);
        for (int i = 0; i < width; i++) {
            segment.setAtIndex(LONG, (long) row * width + i, i < values.length ? values[i] : rest);
        }
    }

    static void copy(Dense from, MemorySegment to) {
        double[] data = from.data();
        for (int i = 0; i < data.length; i++) {
            if (from.type().dtype() == DType.I64) {
                to.setAtIndex(LONG, i, (long) data[i]);
            } else {
                to.setAtIndex(FLOAT, i, (float) data[i]);
            }
        }
    }

    static float[] floats(MemorySegment from, long first, int count) {
        float[] floats = new float[count];
        for (int i = 0; i < count; i++) {
            floats[i] = from.getAtIndex(FLOAT, first + i);
        }
        return floats;
    }

    /// A tensor on the heap, as `type`.
    static Dense dense(Type type, DType stored, MemorySegment data) {
        double[] numbers = new double[Math.toIntExact(type.elements())];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = number(stored, data, i);
        }
        return new Dense(type, numbers);
    }

    private static double number(DType dtype, MemorySegment data, long i) {
        return switch (dtype) {
            case F32 -> data.getAtIndex(FLOAT, i);
            case F64 -> data.getAtIndex(ValueLayout.JAVA_DOUBLE_UNALIGNED, i);
            case F16 -> Float.float16ToFloat(data.getAtIndex(ValueLayout.JAVA_SHORT_UNALIGNED, i));
            case BF16 -> Float.intBitsToFloat(data.getAtIndex(ValueLayout.JAVA_SHORT_UNALIGNED, i) << 16);
            case I64 -> data.getAtIndex(LONG, i);
            case I32 -> data.getAtIndex(ValueLayout.JAVA_INT_UNALIGNED, i);
            case BOOL, U8 -> Byte.toUnsignedInt(data.get(ValueLayout.JAVA_BYTE, i));
            default -> throw new UserError("tensors of %s are not read here.".formatted(dtype.text()));
        };
    }

    /// Refuses ids that the model's tables do not have.
    static void requireIds(String name, long[] ids, Config config) {
        int limit = name.equals("token_type_ids") ? config.integer("type_vocab_size", 2) : config.integer("vocab_size");
        for (int i = 0; i < ids.length; i++) {
            if (ids[i] < 0 || ids[i] >= limit) {
                throw new UserError(
                        "%s holds %d at place %d, but this model's ids are 0 to %d. Is the tokenizer another's?"
                                .formatted(name, ids[i], i, limit - 1));
            }
        }
    }
}
