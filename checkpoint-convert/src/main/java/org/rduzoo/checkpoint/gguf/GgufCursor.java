package org.rduzoo.checkpoint.gguf;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.rduzoo.samba.UserError;

/// A place in a GGUF file that moves forward as values are read, and never past the end.
final class GgufCursor {

    static final ValueLayout.OfShort I16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfInt I32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfLong I64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfDouble F64 = ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final MemorySegment file;
    private final String source;
    private long position;

    GgufCursor(MemorySegment file, String source) {
        this.file = file;
        this.source = source;
    }

    long position() {
        return position;
    }

    void jump(long to) {
        position = to;
    }

    long remaining() {
        return file.byteSize() - position;
    }

    int int32(String what) {
        need(4, what);
        int value = file.get(I32, position);
        position += 4;
        return value;
    }

    long int64(String what) {
        need(8, what);
        long value = file.get(I64, position);
        position += 8;
        return value;
    }

    /// A count of things that take at least `leastBytes` each: no more than the rest of the file can hold.
    int count(long found, int leastBytes, String what) {
        long most = Math.min(remaining() / leastBytes, Integer.MAX_VALUE - 8);
        if (found < 0 || found > most) {
            throw error(
                    what,
                    "at most " + most + ", which is what the rest of the file can hold",
                    Long.toUnsignedString(found));
        }
        return (int) found;
    }

    /// A text: its length in bytes, then UTF-8.
    String text(String what) {
        long start = position;
        int length = textLength(what);
        byte[] bytes = file.asSlice(position, length).toArray(ValueLayout.JAVA_BYTE);
        position += length;
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            position = start;
            throw error(what, "text in UTF-8", length + " bytes that are not");
        }
    }

    /// Steps over a text that is not needed now.
    void skipText(String what) {
        int length = textLength(what);
        position += length;
    }

    private int textLength(String what) {
        return count(int64("the length of " + what), 1, "the length of " + what);
    }

    /// The value of a number or truth value of this kind.
    GgufValue number(GgufValue.Kind kind, String what) {
        need(kind.leastBytes(), what);
        if (kind == GgufValue.Kind.BOOL) {
            checkBools(position, 1, what);
        }
        GgufValue value = GgufValue.number(kind, file, position);
        position += kind.leastBytes();
        return value;
    }

    /// `count` numbers or truth values of this kind, which have been found to fit.
    MemorySegment numbers(GgufValue.Kind kind, int count, String what) {
        long bytes = (long) count * kind.leastBytes();
        need(bytes, what);
        if (kind == GgufValue.Kind.BOOL) {
            checkBools(position, count, what);
        }
        MemorySegment packed = file.asSlice(position, bytes);
        position += bytes;
        return packed;
    }

    private void checkBools(long from, int count, String what) {
        for (long i = from; i < from + count; i++) {
            byte b = file.get(ValueLayout.JAVA_BYTE, i);
            if (b != 0 && b != 1) {
                throw error(what, "0 or 1 for a truth value", Integer.toString(b & 0xff));
            }
        }
    }

    private void need(long bytes, String what) {
        if (remaining() < bytes) {
            throw error(what, bytes + " more bytes", "the end of the file after " + Math.max(remaining(), 0));
        }
    }

    /// What is wrong at this place of the file, and what to do about it.
    UserError error(String what, String expected, String found) {
        return new UserError(source + ", byte " + position + ": " + what + ": expected " + expected + ", found " + found
                + ".\nThe file is damaged or cut short: compare its size and checksum with its source, or get"
                + " it again.");
    }
}
