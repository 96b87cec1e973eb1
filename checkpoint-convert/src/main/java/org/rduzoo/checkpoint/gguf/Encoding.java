package org.rduzoo.checkpoint.gguf;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.util.stream.IntStream;
import org.rduzoo.checkpoint.file.Named;
import org.rduzoo.checkpoint.file.WholeFile;
import org.rduzoo.checkpoint.tensor.Elements;
import org.rduzoo.ir.DType;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.Weights.Weight;

/// Writes a weight as a GGUF tensor: rows in another order, numbers as another type, on all cores, a few megabytes at a
/// time.
final class Encoding {

    /// Elements that are worked on at a time, at least a row.
    private static final int CHUNK = 1 << 21;

    /// Largest magnitude that a block of [GgufType#Q8_0] counts to.
    private static final float STEPS = 127;

    private final Weight weight;
    private final MemorySegment from;
    private final GgufType type;
    private final int rowElements;
    private final Expansion.RowOrder order;

    private Encoding(Weight weight, GgufType type, Expansion.RowOrder order) {
        this.weight = weight;
        this.from = weight.segment();
        this.type = type;
        this.rowElements = rowElements(weight);
        this.order = order;
    }

    /// Elements of a row: of the last dimension, or 1 in a vector, whose elements may be put in order too.
    private static int rowElements(Weight weight) {
        return weight.type().rank() < 2 ? 1 : weight.type().dim(-1);
    }

    /// Writes `weight` as `type`, one of F32, F16, BF16 and Q8_0.
    static void write(Weight weight, GgufType type, Expansion.RowOrder order, FileChannel channel) throws IOException {
        if (weight.type().elements() > 0) {
            new Encoding(weight, type, order).write(channel);
        }
    }

    private void write(FileChannel channel) throws IOException {
        long rows = weight.type().elements() / rowElements;
        int chunkRows = (int) Math.min(rows, Math.max(1, CHUNK / rowElements));
        try (Arena arena = Arena.ofShared()) {
            MemorySegment out = arena.allocate(type.bytes((long) chunkRows * rowElements), 64);
            for (long first = 0; first < rows; first += chunkRows) {
                long start = first;
                int count = (int) Math.min(chunkRows, rows - first);
                // A vector's rows are single numbers: too little for a task each.
                int step = Math.max(1, 4096 / rowElements);
                IntStream.range(0, Math.ceilDiv(count, step)).parallel().forEach(i -> {
                    double[] numbers = new double[rowElements];
                    for (int row = i * step; row < Math.min(count, (i + 1) * step); row++) {
                        encode(order.sourceOf(start + row), row, numbers, out);
                    }
                });
                WholeFile.writeAll(channel, out.asSlice(0, type.bytes((long) count * rowElements)));
            }
        }
    }

    private void encode(long sourceRow, int row, double[] numbers, MemorySegment out) {
        Elements.read(from, weight.type().dtype(), sourceRow * rowElements, rowElements, numbers);
        if (type == GgufType.Q8_0) {
            MemorySegment blocks = out.asSlice((long) row * type.bytes(rowElements), type.bytes(rowElements));
            for (int block = 0; block < rowElements / type.blockElements(); block++) {
                q8(numbers, block * type.blockElements(), blocks.asSlice((long) block * type.blockBytes()));
            }
        } else {
            DType plain = type.plain().orElseThrow();
            Elements.write(numbers, rowElements, plain, out, (long) row * rowElements);
        }
    }

    /// A block of [GgufType#Q8_0]: the step between two values as a half, then each number in steps, rounded half away
    /// from zero. The arithmetic is in floats, as in the reference, so that the bytes are the same.
    private void q8(double[] numbers, int first, MemorySegment block) {
        int count = type.blockElements();
        float largest = 0;
        for (int i = 0; i < count; i++) {
            largest = Math.max(largest, Math.abs((float) numbers[first + i]));
        }
        if (!Float.isFinite(largest)) {
            throw new UserError(weight.source() + ": " + Named.tensor(weight.name())
                    + " has an element that is infinite or not a number, which Q8_0 cannot hold.\nWrite it as f32, f16"
                    + " or bf16, and look at where it comes from.");
        }
        float step = largest / STEPS;
        float inverse = step == 0 ? 0 : 1 / step;
        block.set(GgufCursor.I16, 0, Float.floatToFloat16(step));
        for (int i = 0; i < count; i++) {
            float steps = (float) numbers[first + i] * inverse;
            float magnitude = Math.abs(steps);
            float whole = (float) Math.floor(magnitude);
            float rounded = whole + (float) Math.floor(2 * (magnitude - whole));
            block.set(ValueLayout.JAVA_BYTE, 2 + i, (byte) (steps < 0 ? -rounded : rounded));
        }
    }
}
