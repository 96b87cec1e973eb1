package org.rduzoo.checkpoint.gguf;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Puts GGUF files together, right ones and wrong ones.
final class GgufBuilder {

    private static final int ALIGNMENT = 32;

    private int version = 3;
    private final Bytes pairs = new Bytes();
    private int pairCount;
    private final List<Described> tensors = new ArrayList<>();
    private final Bytes data = new Bytes();

    private record Described(String name, int[] shape, int type, long offset) {}

    static GgufBuilder llama() {
        return new GgufBuilder().text("general.architecture", "llama");
    }

    GgufBuilder version(int number) {
        version = number;
        return this;
    }

    GgufBuilder text(String key, String value) {
        return pair(key, GgufValue.Kind.TEXT, text(value));
    }

    GgufBuilder u32(String key, int value) {
        return pair(key, GgufValue.Kind.U32, new Bytes().i32(value).toByteArray());
    }

    GgufBuilder f32(String key, float value) {
        return pair(key, GgufValue.Kind.F32, new Bytes().f32s(value).toByteArray());
    }

    GgufBuilder bool(String key, boolean value) {
        return pair(key, GgufValue.Kind.BOOL, new byte[] {(byte) (value ? 1 : 0)});
    }

    GgufBuilder texts(String key, List<String> values) {
        Bytes out = new Bytes();
        values.forEach(out::text);
        return array(key, GgufValue.Kind.TEXT, values.size(), out.toByteArray());
    }

    GgufBuilder f32s(String key, float... values) {
        return array(
                key, GgufValue.Kind.F32, values.length, new Bytes().f32s(values).toByteArray());
    }

    GgufBuilder i32s(String key, int... values) {
        Bytes out = new Bytes();
        for (int v : values) {
            out.i32(v);
        }
        return array(key, GgufValue.Kind.I32, values.length, out.toByteArray());
    }

    GgufBuilder array(String key, GgufValue.Kind kind, long count, byte[] elements) {
        return pair(key, GgufValue.Kind.ARRAY, array(kind, count, elements));
    }

    static byte[] array(GgufValue.Kind kind, long count, byte[] elements) {
        return new Bytes().i32(kind.id()).i64(count).raw(elements).toByteArray();
    }

    GgufBuilder pair(String key, GgufValue.Kind kind, byte[] value) {
        pairs.text(key).i32(kind.id()).raw(value);
        pairCount++;
        return this;
    }

    GgufBuilder f32(String name, int[] shape, float[] values) {
        return tensor(name, shape, GgufType.F32.id(), new Bytes().f32s(values).toByteArray());
    }

    GgufBuilder tensor(String name, int[] shape, int type, byte[] bytes) {
        return tensor(name, shape, type, data.size(), bytes);
    }

    GgufBuilder tensor(String name, int[] shape, int type, long offset, byte[] bytes) {
        tensors.add(new Described(name, shape, type, offset));
        data.raw(bytes).align();
        return this;
    }

    byte[] bytes() {
        Bytes out = new Bytes()
                .raw("GGUF".getBytes(StandardCharsets.US_ASCII))
                .i32(version)
                .i64(tensors.size())
                .i64(pairCount)
                .raw(pairs.toByteArray());
        for (Described t : tensors) {
            out.text(t.name()).i32(t.shape().length);
            for (int d = t.shape().length - 1; d >= 0; d--) {
                out.i64(t.shape()[d]);
            }
            out.i32(t.type()).i64(t.offset());
        }
        return out.align().raw(data.toByteArray()).toByteArray();
    }

    Path write(Path file) {
        try {
            return Files.write(file, bytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static byte[] text(String value) {
        return new Bytes().text(value).toByteArray();
    }

    static byte[] i64(long value) {
        return new Bytes().i64(value).toByteArray();
    }

    /// Little-endian values one behind the other.
    private static final class Bytes extends ByteArrayOutputStream {

        Bytes raw(byte[] bytes) {
            writeBytes(bytes);
            return this;
        }

        Bytes i32(int value) {
            return little(value, 4);
        }

        Bytes i64(long value) {
            return little(value, 8);
        }

        Bytes f32s(float... values) {
            for (float v : values) {
                i32(Float.floatToRawIntBits(v));
            }
            return this;
        }

        Bytes text(String value) {
            byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
            return i64(utf8.length).raw(utf8);
        }

        Bytes align() {
            return raw(new byte[-size() & (ALIGNMENT - 1)]);
        }

        private Bytes little(long value, int bytes) {
            for (int i = 0; i < bytes; i++) {
                write((int) (value >>> (8 * i)));
            }
            return this;
        }
    }
}
