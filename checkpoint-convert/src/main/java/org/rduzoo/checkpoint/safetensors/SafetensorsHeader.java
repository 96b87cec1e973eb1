package org.rduzoo.checkpoint.safetensors;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.rduzoo.checkpoint.file.Named;
import org.rduzoo.ir.Type;
import org.rduzoo.samba.UserError;

/// What a safetensors file says about itself, checked against its length: eight bytes with the length of the header,
/// the header as JSON, then the data, which the tensors cover without hole or overlap.
///
/// @param metadata the texts under `__metadata__`, in the order of the file
/// @param entries the tensors in the order of their data
/// @param dataStart where the data begins, from the start of the file
record SafetensorsHeader(Map<String, String> metadata, List<Entry> entries, long dataStart) {

    /// A longer header is refused, as the reference reader does: it would only serve to use up memory.
    static final long MAX_LENGTH = 100_000_000;

    private static final char REPLACEMENT = '\ufffd';

    private static final String REMEDY =
            "The file is damaged, or is not a safetensors file: download it or save it again.";

    /// One tensor.
    ///
    /// @param begin first byte, from the start of the data
    /// @param end the byte after the last one
    record Entry(String name, Type type, long begin, long end) {}

    /// Reads and checks the header of `file`, all of which is mapped at `bytes`.
    static SafetensorsHeader read(String file, MemorySegment bytes) {
        long size = bytes.byteSize();
        if (size < 8) {
            throw broken(file, "it has " + size + " bytes, but the length of its header alone takes 8");
        }
        long length = bytes.asSlice(0, 8)
                .asByteBuffer()
                .order(ByteOrder.LITTLE_ENDIAN)
                .getLong();
        if (length < 0 || length > MAX_LENGTH) {
            throw broken(
                    file,
                    "its first 8 bytes ask for a header of " + Long.toUnsignedString(length) + " bytes; at most "
                            + MAX_LENGTH + " are allowed");
        }
        if (length > size - 8) {
            throw broken(
                    file,
                    "its first 8 bytes ask for a header of " + length + " bytes, but only " + (size - 8) + " follow");
        }
        if (length < 2 || bytes.get(ValueLayout.JAVA_BYTE, 8) != '{') {
            throw broken(file, "its header (bytes 8 to " + (8 + length) + ") does not begin with '{'");
        }
        HeaderJson.Header json = HeaderJson.parse(file, text(file, bytes.asSlice(8, length)));
        List<Entry> entries = new ArrayList<>(json.entries());
        entries.sort(
                (a, b) -> a.begin() == b.begin() ? Long.compare(a.end(), b.end()) : Long.compare(a.begin(), b.begin()));
        long dataStart = 8 + length;
        checkCovered(file, entries, size - dataStart);
        return new SafetensorsHeader(json.metadata(), List.copyOf(entries), dataStart);
    }

    private static String text(String file, MemorySegment header) {
        String text = new String(header.toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
        if (text.indexOf(REPLACEMENT) < 0) {
            return text;
        }
        // It has the character that stands for what is no UTF-8, or something that is none.
        ByteBuffer in = header.asByteBuffer();
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(in).toString();
        } catch (CharacterCodingException e) {
            throw broken(file, "its header is not UTF-8 text (byte " + (8 + in.position()) + ")");
        }
    }

    /// The data of each tensor begins where the one before it ends, and the last one ends with the file.
    private static void checkCovered(String file, List<Entry> entries, long available) {
        long at = 0;
        Entry before = null;
        for (Entry e : entries) {
            if (e.begin() != at) {
                throw broken(
                        file,
                        Named.tensor(e.name()) + " begins at byte " + e.begin() + " of the data, but "
                                + (before == null ? "the header" : Named.tensor(before.name()))
                                + " ends at byte " + at
                                + (e.begin() < at ? ": they overlap" : ": no tensor owns the bytes between"));
            }
            at = e.end();
            before = e;
        }
        if (at != available) {
            throw broken(
                    file,
                    "its tensors take " + at + " bytes of data, but " + available + " follow the header"
                            + (at > available ? " (cut short?)" : " (what is the rest?)"));
        }
    }

    static UserError broken(String file, String what) {
        return new UserError(file + " cannot be read as safetensors: " + what + ". " + REMEDY);
    }
}
