package org.rduzoo.checkpoint.onnx;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/// A message in the protobuf wire format, written field by field.
final class Message {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    Message varint(int field, long value) {
        write((long) field << 3);
        write(value);
        return this;
    }

    Message fixed32(int field, float value) {
        write(((long) field << 3) | 5);
        out.writeBytes(ByteBuffer.allocate(4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putFloat(value)
                .array());
        return this;
    }

    Message bytes(int field, byte[] value) {
        write(((long) field << 3) | 2);
        write(value.length);
        out.writeBytes(value);
        return this;
    }

    Message text(int field, String value) {
        return bytes(field, value.getBytes(StandardCharsets.UTF_8));
    }

    Message message(int field, Message value) {
        return bytes(field, value.bytes());
    }

    Message packed(int field, long... values) {
        Message run = new Message();
        for (long v : values) {
            run.write(v);
        }
        return bytes(field, run.bytes());
    }

    byte[] bytes() {
        return out.toByteArray();
    }

    private void write(long varint) {
        long left = varint;
        while ((left & ~0x7fL) != 0) {
            out.write((int) ((left & 0x7f) | 0x80));
            left >>>= 7;
        }
        out.write((int) left);
    }
}
