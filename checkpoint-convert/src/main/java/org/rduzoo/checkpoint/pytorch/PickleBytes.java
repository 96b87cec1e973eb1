package org.rduzoo.checkpoint.pytorch;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.rduzoo.checkpoint.pytorch.Calls.BadCall;
import org.rduzoo.samba.UserError;

/// A place in a pickle that moves forward as its bytes are read, and never past the end.
final class PickleBytes {

    private static final ValueLayout.OfShort I16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt I32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong I64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfDouble F64 = ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    /// A longer name is none of those that are known.
    private static final int LONGEST_NAME = 1000;

    private final String source;
    private final MemorySegment bytes;
    private long position;

    PickleBytes(String source, MemorySegment bytes) {
        this.source = source;
        this.bytes = bytes;
    }

    long size() {
        return bytes.byteSize();
    }

    long position() {
        return position;
    }

    int u8() {
        return bytes.get(ValueLayout.JAVA_BYTE, advance(1)) & 0xff;
    }

    int u16() {
        return bytes.get(I16, advance(2)) & 0xffff;
    }

    int i32() {
        return bytes.get(I32, advance(4));
    }

    long u32() {
        return i32() & 0xffff_ffffL;
    }

    long i64() {
        return bytes.get(I64, advance(8));
    }

    double bigEndianDouble() {
        return bytes.get(F64, advance(8));
    }

    /// A length that the rest of the pickle can hold.
    int length(long found) {
        long left = bytes.byteSize() - position;
        if (found < 0 || found > left) {
            throw new BadCall(left + " bytes where " + Long.toUnsignedString(found) + " should follow (cut short?)");
        }
        return (int) found;
    }

    long skip(long count) {
        position += length(count);
        return count;
    }

    byte[] bytes(long count) {
        int length = length(count);
        byte[] copy = bytes.asSlice(position, length).toArray(ValueLayout.JAVA_BYTE);
        position += length;
        return copy;
    }

    String latin1(long count) {
        return new String(bytes(count), StandardCharsets.ISO_8859_1);
    }

    String text(long count) {
        byte[] utf8 = bytes(count);
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(utf8))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new BadCall("a text that is not UTF-8");
        }
    }

    /// A name that ends with a line.
    String line() {
        long start = position;
        while (u8() != '\n') {
            if (position - start > LONGEST_NAME) {
                throw new BadCall("a name of more than " + LONGEST_NAME + " bytes");
            }
        }
        byte[] name = bytes.asSlice(start, position - 1 - start).toArray(ValueLayout.JAVA_BYTE);
        return new String(name, StandardCharsets.UTF_8);
    }

    private long advance(int count) {
        long at = position;
        position += length(count);
        return at;
    }

    /// What is wrong at a place of the pickle, and what to do about it.
    UserError broken(long at, String found) {
        return new UserError(source + ", byte " + at + ": found " + found
                + ".\nThe file is damaged, or holds more than weights: get it again, or save the weights alone with"
                + " PyTorch: torch.save(model.state_dict(), PATH).");
    }
}
