package org.rduzoo.checkpoint.pytorch;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.rduzoo.checkpoint.file.Named;
import org.rduzoo.samba.UserError;

/// The entries of a mapped zip, of any size (zip64), where they lie: nothing is copied.
///
/// Entries must be stored, as `torch.save` writes them. Deflated ones are refused: they cannot be mapped, and a small
/// file could ask for a thousand times its size. Check sums are not compared, as PyTorch does not either (it can be
/// told
/// not to write them).
final class Zip {

    private static final ValueLayout.OfShort I16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt I32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong I64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final int LOCAL = 0x04034b50;
    private static final int CENTRAL = 0x02014b50;
    private static final int END = 0x06054b50;
    private static final int END_64 = 0x06064b50;
    private static final int LOCATOR_64 = 0x07064b50;

    private static final int LOCAL_BYTES = 30;
    private static final int CENTRAL_BYTES = 46;
    private static final int END_BYTES = 22;
    private static final int END_64_BYTES = 56;
    private static final int LOCATOR_64_BYTES = 20;
    private static final int LONGEST_COMMENT = 0xffff;

    private static final int IN_EXTRA_FIELD = 0xffff_ffff;
    private static final int ZIP_64_FIELD = 1;
    private static final int ENCRYPTED = 1;
    private static final int STORED = 0;

    private final String source;
    private final MemorySegment file;

    /// Where the list of entries begins, and how many bytes it has.
    private record Directory(long start, long bytes) {}

    private Zip(String source, MemorySegment file) {
        this.source = source;
        this.file = file;
    }

    /// Whether a file begins as a zip does.
    static boolean isOne(MemorySegment file) {
        return file.byteSize() >= Integer.BYTES && file.get(I32, 0) == LOCAL;
    }

    /// The contents of all entries by name, in the order of the list at the end of the file.
    ///
    /// @throws UserError if the zip is damaged, cut short, compressed or encrypted
    static Map<String, MemorySegment> entries(String source, MemorySegment file) {
        return new Zip(source, file).entries();
    }

    private Map<String, MemorySegment> entries() {
        Directory directory = directory();
        Map<String, MemorySegment> entries = new LinkedHashMap<>();
        long at = directory.start();
        long end = at + directory.bytes();
        while (at < end) {
            if (end - at < CENTRAL_BYTES || file.get(I32, at) != CENTRAL) {
                throw broken("its list of files is damaged at byte " + at);
            }
            int nameBytes = u16(at + 28);
            int extraBytes = u16(at + 30);
            long next = at + CENTRAL_BYTES + nameBytes + extraBytes + u16(at + 32);
            if (next > end) {
                throw broken("its list of files is cut short at byte " + at);
            }
            String name = new String(
                    file.asSlice(at + CENTRAL_BYTES, nameBytes).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
            if (entries.put(name, content(at, name, at + CENTRAL_BYTES + nameBytes, extraBytes)) != null) {
                throw broken("it has two files named " + Named.shortened(name));
            }
            at = next;
        }
        return Collections.unmodifiableMap(entries);
    }

    private Directory directory() {
        long end = end();
        long bytes = u32(end + 12);
        long start = u32(end + 16);
        long locator = end - LOCATOR_64_BYTES;
        if (locator >= 0 && file.get(I32, locator) == LOCATOR_64) {
            long end64 = file.get(I64, locator + 8);
            if (end64 < 0 || end64 > locator - END_64_BYTES || file.get(I32, end64) != END_64) {
                throw broken(
                        "its end points to byte " + Long.toUnsignedString(end64) + " for a list that is not there");
            }
            bytes = file.get(I64, end64 + 40);
            start = file.get(I64, end64 + 48);
        }
        if (start < 0 || bytes < 0 || start > end || bytes > end - start) {
            throw broken("its list of files should lie at byte " + Long.toUnsignedString(start) + ", but is not there");
        }
        return new Directory(start, bytes);
    }

    /// The record at the end of the file; a comment may follow it.
    private long end() {
        long size = file.byteSize();
        for (long at = size - END_BYTES; at >= Math.max(0, size - END_BYTES - LONGEST_COMMENT); at--) {
            if (file.get(I32, at) == END && at + END_BYTES + u16(at + 20) == size) {
                return at;
            }
        }
        throw broken("the list of files that a zip ends with is missing (cut short?)");
    }

    private MemorySegment content(long header, String name, long extra, int extraBytes) {
        if ((u16(header + 8) & ENCRYPTED) != 0) {
            throw new UserError(source + ": " + Named.shortened(name) + " in it is encrypted.\nUnpack it with its"
                    + " password, and save the weights again with PyTorch.");
        }
        if (u16(header + 10) != STORED) {
            throw new UserError(source + ": " + Named.shortened(name) + " in it is compressed (method "
                    + u16(header + 10) + "), which torch.save never does.\nUnpack the zip and pack it again without"
                    + " compression (zip -0 -r NEW.pth FOLDER).");
        }
        long packed = u32(header + 20);
        long bytes = u32(header + 24);
        long local = u32(header + 42);
        // Numbers that do not fit into 32 bits follow in a field of their own, in this order.
        long field = zip64Field(extra, extraBytes);
        long fieldEnd = field < 0 ? -1 : field + u16(field - 2);
        if (file.get(I32, header + 24) == IN_EXTRA_FIELD) {
            bytes = wide(name, field, fieldEnd);
            field += Long.BYTES;
        }
        if (file.get(I32, header + 20) == IN_EXTRA_FIELD) {
            packed = wide(name, field, fieldEnd);
            field += Long.BYTES;
        }
        if (file.get(I32, header + 42) == IN_EXTRA_FIELD) {
            local = wide(name, field, fieldEnd);
        }
        if (local < 0 || local > file.byteSize() - LOCAL_BYTES || file.get(I32, local) != LOCAL) {
            throw broken(
                    Named.shortened(name) + " should begin at byte " + Long.toUnsignedString(local) + ", but does not");
        }
        long start = local + LOCAL_BYTES + u16(local + 26) + u16(local + 28);
        if (bytes != packed || bytes < 0 || start > file.byteSize() || bytes > file.byteSize() - start) {
            throw broken(Named.shortened(name) + " should have " + Long.toUnsignedString(bytes) + " bytes from " + start
                    + ", but the file has " + file.byteSize());
        }
        return file.asSlice(start, bytes);
    }

    /// Where the content of the extra field for zip64 begins, or -1.
    private long zip64Field(long extra, int extraBytes) {
        long end = extra + extraBytes;
        for (long at = extra; at + 4 <= end; at += 4 + u16(at + 2)) {
            if (u16(at) == ZIP_64_FIELD && at + 4 + u16(at + 2) <= end) {
                return at + 4;
            }
        }
        return -1;
    }

    private long wide(String name, long field, long fieldEnd) {
        if (field < 0 || field + Long.BYTES > fieldEnd) {
            throw broken(Named.shortened(name) + " is too large for the size that is given");
        }
        return file.get(I64, field);
    }

    private int u16(long at) {
        return file.get(I16, at) & 0xffff;
    }

    private long u32(long at) {
        return file.get(I32, at) & 0xffff_ffffL;
    }

    private UserError broken(String what) {
        return new UserError(source + " cannot be read as a zip: " + what
                + ".\nThe file is damaged or cut short: compare its size and checksum with its source, or get it"
                + " again.");
    }
}
