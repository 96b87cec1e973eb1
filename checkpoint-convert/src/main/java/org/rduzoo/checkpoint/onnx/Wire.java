package org.rduzoo.checkpoint.onnx;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.rduzoo.samba.UserError;

/// A walk over one message in the protobuf wire format. It never leaves the message: each length is checked against
/// what is left of it before anything is read or made.
///
/// ```java
/// while (wire.next()) {
///     switch (wire.field()) {
///         case 1 -> name = wire.text();
///         default -> wire.skip();
///     }
/// }
/// ```
final class Wire {

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /// How a field's value is written; the other numbers are groups, which ONNX does not use.
    private static final int VARINT = 0;

    private static final int FIXED64 = 1;
    private static final int BYTES = 2;
    private static final int FIXED32 = 5;

    private static final int MAX_TEXT = 16 << 20;

    private final String file;
    private final MemorySegment bytes;
    private final long end;
    private final int depth;
    private long at;
    private int field;
    private int kind;

    private Wire(String file, MemorySegment bytes, long at, long end, int depth) {
        this.file = file;
        this.bytes = bytes;
        this.at = at;
        this.end = end;
        this.depth = depth;
    }

    static Wire of(String file, MemorySegment bytes) {
        return new Wire(file, bytes, 0, bytes.byteSize(), 0);
    }

    /// Moves to the next field; its value must then be read or skipped.
    boolean next() {
        if (at == end) {
            return false;
        }
        long tag = readVarint();
        kind = (int) (tag & 7);
        if (tag >>> 3 == 0 || tag >>> 32 != 0) {
            throw broken("a field has the number " + (tag >>> 3));
        }
        field = (int) (tag >>> 3);
        return true;
    }

    /// Number of the current field.
    int field() {
        return field;
    }

    long varint() {
        expect(VARINT);
        return readVarint();
    }

    float fixed32() {
        expect(FIXED32);
        return Float.intBitsToFloat(readInt());
    }

    /// The bytes of the current field, in place.
    MemorySegment bytes() {
        expect(BYTES);
        long length = readVarint();
        if (length < 0 || length > end - at) {
            throw broken("field " + field + " asks for " + Long.toUnsignedString(length)
                    + " bytes, but its message has " + (end - at) + " left");
        }
        MemorySegment slice = bytes.asSlice(at, length);
        at += length;
        return slice;
    }

    /// The current field as a message within this one.
    Wire message(int maxDepth) {
        if (depth >= maxDepth) {
            throw broken("messages lie more than " + maxDepth + " deep in one another");
        }
        long length = bytes().byteSize();
        return new Wire(file, bytes, at - length, at, depth + 1);
    }

    /// The value or values of the current repeated field: a packed run, or the single number that an unpacked field
    /// has, with the same `read` methods for both.
    Wire value() {
        long from = at;
        if (kind == BYTES) {
            long length = bytes().byteSize();
            from = at - length;
        } else {
            skip();
        }
        return new Wire(file, bytes, from, at, depth + 1);
    }

    /// What is left of this message, in place.
    MemorySegment rest() {
        return bytes.asSlice(at, end - at);
    }

    boolean hasMore() {
        return at < end;
    }

    long left() {
        return end - at;
    }

    String text() {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(shortBytes()).toString();
        } catch (CharacterCodingException e) {
            throw broken("field " + field + " should be text, but is not UTF-8");
        }
    }

    /// The bytes of the current field as text that need not be UTF-8.
    String latin1() {
        return StandardCharsets.ISO_8859_1.decode(shortBytes()).toString();
    }

    private ByteBuffer shortBytes() {
        MemorySegment text = bytes();
        if (text.byteSize() > MAX_TEXT) {
            throw broken("field " + field + " is a text of " + text.byteSize() + " bytes");
        }
        return text.asByteBuffer();
    }

    void skip() {
        switch (kind) {
            case VARINT -> readVarint();
            case FIXED64 -> readLong();
            case BYTES -> bytes();
            case FIXED32 -> readInt();
            default -> throw broken("field " + field + " has the unknown wire type " + kind);
        }
    }

    long readVarint() {
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            if (at == end) {
                throw broken("a number is cut short");
            }
            byte b = bytes.get(ValueLayout.JAVA_BYTE, at++);
            value |= (long) (b & 0x7f) << shift;
            if (b >= 0) {
                return value;
            }
        }
        throw broken("a number takes more than ten bytes");
    }

    int readInt() {
        need(4);
        int value = bytes.get(INT, at);
        at += 4;
        return value;
    }

    long readLong() {
        need(8);
        long value = bytes.get(LONG, at);
        at += 8;
        return value;
    }

    private void need(int length) {
        if (end - at < length) {
            throw broken("a number is cut short");
        }
    }

    private void expect(int expected) {
        if (kind != expected) {
            throw broken("field " + field + " has wire type " + kind + ", but " + expected + " was expected");
        }
    }

    UserError broken(String what) {
        return new UserError(file + " cannot be read as ONNX: " + what + " (near byte " + at
                + "). The file is damaged, or is not an ONNX model: download it or export it again.");
    }
}
