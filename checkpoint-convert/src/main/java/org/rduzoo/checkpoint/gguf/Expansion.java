package org.rduzoo.checkpoint.gguf;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.stream.IntStream;
import org.rduzoo.ir.DType;

/// From quantised blocks to numbers, and rows to another order, on all cores when there is enough to do.
final class Expansion {

    /// Elements that one core works on at a time: blocks in, floats out, both in its cache. A multiple of
    /// every block.
    private static final int PIECE = 4096;

    /// Elements below which starting other cores costs more than it saves.
    private static final int WORTH_SHARING = 1 << 17;

    private Expansion() {}

    /// Which row of the source a row of the result is.
    @FunctionalInterface
    interface RowOrder {
        long sourceOf(long row);
    }

    /// Expands a tensor's blocks into `out`, [DType#F32] or [DType#BF16] (rounded to nearest, ties to even).
    static void expand(GgufType type, MemorySegment blocks, DType to, MemorySegment out) {
        long elements = out.byteSize() / to.bytes();
        share(elements, Math.ceilDiv(elements, PIECE), (worker, piece) -> {
            long first = piece * PIECE;
            worker.run(type, blocks, first, (int) Math.min(PIECE, elements - first), to, out, first);
        });
    }

    /// As [#expand(GgufType, MemorySegment, DType, MemorySegment)], with the rows of the result in another
    /// order.
    static void expandRows(
            GgufType type, MemorySegment blocks, int rowElements, RowOrder order, DType to, MemorySegment out) {
        long elements = out.byteSize() / to.bytes();
        share(elements, elements / rowElements, (worker, row) -> {
            long source = order.sourceOf(row) * rowElements;
            for (int done = 0; done < rowElements; done += PIECE) {
                int count = Math.min(PIECE, rowElements - done);
                worker.run(type, blocks, source + done, count, to, out, row * rowElements + done);
            }
        });
    }

    /// Copies rows of plain numbers into another order.
    static void copyRows(MemorySegment rows, long rowBytes, RowOrder order, MemorySegment out) {
        for (long row = 0; row * rowBytes < out.byteSize(); row++) {
            MemorySegment.copy(rows, order.sourceOf(row) * rowBytes, out, row * rowBytes, rowBytes);
        }
    }

    @FunctionalInterface
    private interface Step {
        void run(Worker worker, long i);
    }

    private static void share(long elements, long steps, Step step) {
        int shares = elements < WORTH_SHARING
                ? 1
                : (int) Math.min(steps, 4L * Runtime.getRuntime().availableProcessors());
        IntStream range = IntStream.range(0, shares);
        (shares == 1 ? range : range.parallel()).forEach(share -> {
            Worker worker = new Worker();
            for (long i = steps * share / shares; i < steps * (share + 1) / shares; i++) {
                step.run(worker, i);
            }
        });
    }

    /// The buffers that one core works in.
    private static final class Worker {

        private byte[] in = new byte[0];
        private final float[] floats = new float[PIECE];
        private final short[] halves = new short[PIECE];

        void run(
                GgufType type, MemorySegment blocks, long source, int count, DType to, MemorySegment out, long target) {
            int bytes = (int) type.bytes(count);
            if (in.length < bytes) {
                in = new byte[(int) type.bytes(PIECE)];
            }
            MemorySegment.copy(blocks, ValueLayout.JAVA_BYTE, type.bytes(source), in, 0, bytes);
            Blocks.decode(type, in, count / type.blockElements(), floats);
            if (to == DType.F32) {
                MemorySegment.copy(floats, 0, out, GgufCursor.F32, target * Float.BYTES, count);
            } else {
                round(floats, count, halves);
                MemorySegment.copy(halves, 0, out, GgufCursor.I16, target * Short.BYTES, count);
            }
        }
    }

    /// The upper halves of floats, rounded to nearest, ties to even; a NaN stays one.
    private static void round(float[] in, int count, short[] out) {
        for (int i = 0; i < count; i++) {
            int bits = Float.floatToRawIntBits(in[i]);
            int rounded = (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
            out[i] = (short) ((bits & 0x7fffffff) > 0x7f800000 ? (bits >>> 16) | 0x40 : rounded);
        }
    }
}
