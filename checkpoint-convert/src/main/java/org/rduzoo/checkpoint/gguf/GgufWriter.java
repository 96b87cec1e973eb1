package org.rduzoo.checkpoint.gguf;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.rduzoo.checkpoint.file.WholeFile;
import org.rduzoo.ir.Shape;

/// Writes a GGUF file of version 3. The same metadata and tensors always give the same bytes.
final class GgufWriter {

    private static final int MAGIC = 0x46554747;
    private static final int VERSION = 3;
    private static final int ALIGNMENT = 32;

    private final ByteArrayOutputStream pairs = new ByteArrayOutputStream();
    private final List<Tensor> tensors = new ArrayList<>();
    private int pairCount;

    /// A tensor to write.
    ///
    /// @param shape outermost dimension first
    /// @param data writes its bytes, as many as type and shape say
    record Tensor(String name, Shape shape, GgufType type, WholeFile.Content data) {

        long bytes() {
            return type.bytes(shape.elements());
        }
    }

    void text(String key, String value) {
        key(key, GgufValue.Kind.TEXT);
        text(pairs, value);
    }

    void u32(String key, long value) {
        key(key, GgufValue.Kind.U32);
        number(pairs, 4, value);
    }

    void f32(String key, double value) {
        key(key, GgufValue.Kind.F32);
        number(pairs, 4, Float.floatToIntBits((float) value));
    }

    void bool(String key, boolean value) {
        key(key, GgufValue.Kind.BOOL);
        number(pairs, 1, value ? 1 : 0);
    }

    void texts(String key, List<String> values) {
        array(key, GgufValue.Kind.TEXT, values.size());
        values.forEach(v -> text(pairs, v));
    }

    void i32s(String key, int[] values) {
        array(key, GgufValue.Kind.I32, values.length);
        for (int v : values) {
            number(pairs, 4, v);
        }
    }

    void f32s(String key, float[] values) {
        array(key, GgufValue.Kind.F32, values.length);
        for (float v : values) {
            number(pairs, 4, Float.floatToIntBits(v));
        }
    }

    void tensor(Tensor tensor) {
        tensors.add(tensor);
    }

    /// Writes all of it to `file`, whole or not at all.
    void write(Path file, boolean force) {
        byte[] head = head();
        WholeFile.write(file, force, channel -> {
            WholeFile.writeAll(channel, MemorySegment.ofArray(head));
            for (Tensor t : tensors) {
                long end = channel.position() + t.bytes();
                t.data().writeTo(channel);
                if (channel.position() != end) {
                    throw new IllegalStateException(
                            t.name() + " came with " + (channel.position() - end + t.bytes()) + " bytes of data");
                }
                pad(channel);
            }
        });
    }

    private static void pad(FileChannel channel) throws IOException {
        ByteBuffer zeros = ByteBuffer.allocate((int) (-channel.position() & (ALIGNMENT - 1)));
        WholeFile.writeAll(channel, MemorySegment.ofBuffer(zeros));
    }

    private byte[] head() {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        number(head, 4, MAGIC);
        number(head, 4, VERSION);
        number(head, 8, tensors.size());
        number(head, 8, pairCount);
        head.writeBytes(pairs.toByteArray());
        long offset = 0;
        for (Tensor t : tensors) {
            text(head, t.name());
            number(head, 4, t.shape().rank());
            for (int axis = t.shape().rank() - 1; axis >= 0; axis--) {
                number(head, 8, t.shape().dim(axis));
            }
            number(head, 4, t.type().id());
            number(head, 8, offset);
            offset += (t.bytes() + ALIGNMENT - 1) & -ALIGNMENT;
        }
        while (head.size() % ALIGNMENT != 0) {
            head.write(0);
        }
        return head.toByteArray();
    }

    private void key(String key, GgufValue.Kind kind) {
        text(pairs, key);
        number(pairs, 4, kind.id());
        pairCount++;
    }

    private void array(String key, GgufValue.Kind kind, int count) {
        key(key, GgufValue.Kind.ARRAY);
        number(pairs, 4, kind.id());
        number(pairs, 8, count);
    }

    private static void text(ByteArrayOutputStream out, String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        number(out, 8, utf8.length);
        out.writeBytes(utf8);
    }

    private static void number(ByteArrayOutputStream out, int width, long value) {
        for (int i = 0; i < width; i++) {
            out.write((int) (value >>> (8 * i)));
        }
    }
}
