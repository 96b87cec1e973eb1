package org.rduzoo.checkpoint.gguf;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.rduzoo.checkpoint.file.Named;
import org.rduzoo.ir.Shape;
import org.rduzoo.samba.UserError;

/// Reads the head of a GGUF file: metadata and the list of tensors.
///
/// Nothing in the file is believed: counts, lengths, dimensions and offsets are held against the size of
/// the file before anything is allocated, so what parsing needs is bounded by a small multiple of that
/// size.
final class GgufParser {

    /// "GGUF" as the file's first four bytes.
    private static final int MAGIC = 0x46554747;

    private static final int MOST_DIMENSIONS = 4;
    private static final int MOST_NESTED_ARRAYS = 8;

    /// What a file holds.
    record Head(int version, GgufMetadata metadata, List<GgufTensor> tensors) {}

    private final MemorySegment file;
    private final String source;
    private final GgufCursor cursor;

    private GgufParser(MemorySegment file, String source) {
        this.file = file;
        this.source = source;
        this.cursor = new GgufCursor(file, source);
    }

    static Head parse(MemorySegment file, String source) {
        return new GgufParser(file, source).head();
    }

    private Head head() {
        int version = magicAndVersion();
        long tensorCount = cursor.int64("the number of tensors");
        long pairCount = cursor.int64("the number of metadata pairs");
        GgufMetadata metadata = new GgufMetadata(source, pairs(pairCount));
        List<GgufTensor> described = tensors(tensorCount);
        return new Head(version, metadata, placed(described, alignment(metadata)));
    }

    private int magicAndVersion() {
        if (cursor.remaining() < 4 || cursor.int32("the first bytes") != MAGIC) {
            throw new UserError(source + " is not a GGUF file: it does not begin with \"GGUF\".\n"
                    + "A checkpoint in another format is told by its name: .safetensors, .onnx, or a folder.");
        }
        int version = cursor.int32("the version");
        if (version == 2 || version == 3) {
            return version;
        }
        int reversed = Integer.reverseBytes(version);
        String found = reversed == 2 || reversed == 3
                ? "version " + reversed + " in big-endian byte order"
                : "version " + Integer.toUnsignedString(version);
        throw new UserError(source + " is GGUF of " + found + "; versions 2 and 3 in little-endian order can be read.\n"
                + "Convert the original checkpoint again with a current converter.");
    }

    private Map<String, GgufValue> pairs(long count) {
        int pairs = cursor.count(count, 8 + 4 + 1, "the number of metadata pairs");
        Map<String, GgufValue> values = new LinkedHashMap<>();
        for (int i = 0; i < pairs; i++) {
            String key = cursor.text("the key of metadata pair " + i);
            if (values.containsKey(key)) {
                throw cursor.error("metadata", "each key once", Named.shortened(key) + " twice");
            }
            values.put(key, value(key));
        }
        return values;
    }

    private GgufValue value(String key) {
        GgufValue.Kind kind = kind(key);
        return switch (kind) {
            case TEXT -> new GgufValue.Text(cursor.text("metadata " + Named.shortened(key)));
            case ARRAY -> array(key, 1);
            case U8, I8, U16, I16, U32, I32, F32, BOOL, U64, I64, F64 ->
                cursor.number(kind, "metadata " + Named.shortened(key));
        };
    }

    private GgufValue.Array array(String key, int depth) {
        String what = "metadata " + Named.shortened(key);
        GgufValue.Kind kind = kind(key);
        int count = cursor.count(cursor.int64(what), kind.leastBytes(), "the length of " + what);
        if (kind.isFixed()) {
            return new GgufValue.Numbers(kind, cursor.numbers(kind, count, what));
        }
        if (kind == GgufValue.Kind.TEXT) {
            long[] starts = new long[count];
            for (int i = 0; i < count; i++) {
                starts[i] = cursor.position();
                cursor.skipText(what);
            }
            return new GgufValue.Texts(file, source + ", " + what, starts);
        }
        if (depth == MOST_NESTED_ARRAYS) {
            throw cursor.error(what, "at most " + MOST_NESTED_ARRAYS + " arrays within each other", "more");
        }
        List<GgufValue.Array> elements = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            elements.add(array(key, depth + 1));
        }
        return new GgufValue.Arrays(List.copyOf(elements));
    }

    private GgufValue.Kind kind(String key) {
        int id = cursor.int32("the kind of metadata " + Named.shortened(key));
        return GgufValue.Kind.withId(id)
                .orElseThrow(() -> cursor.error(
                        "the kind of metadata " + Named.shortened(key), "0 to 12", Integer.toUnsignedString(id)));
    }

    private long alignment(GgufMetadata metadata) {
        long alignment = metadata.integer("general.alignment").orElse(32);
        if (Long.bitCount(alignment) != 1 || alignment <= 0 || alignment > 1 << 30) {
            throw new UserError(source + ": metadata general.alignment: expected a power of two up to 2^30, found "
                    + alignment + ".\nThe file is damaged; get it again.");
        }
        return alignment;
    }

    /// The tensors as described; their offsets are still from the start of the data.
    private List<GgufTensor> tensors(long count) {
        int tensors = cursor.count(count, 8 + 4 + 4 + 8, "the number of tensors");
        Map<String, GgufTensor> byName = new LinkedHashMap<>();
        for (int i = 0; i < tensors; i++) {
            GgufTensor tensor = tensor(i);
            if (byName.put(tensor.name(), tensor) != null) {
                throw cursor.error("the list of tensors", "each name once", Named.tensor(tensor.name()) + " twice");
            }
        }
        return List.copyOf(byName.values());
    }

    private GgufTensor tensor(int i) {
        String name = cursor.text("the name of tensor " + i);
        String what = Named.tensor(name);
        int rank = cursor.int32("the number of dimensions of " + what);
        if (rank < 0 || rank > MOST_DIMENSIONS) {
            throw cursor.error(
                    "the number of dimensions of " + what,
                    "at most " + MOST_DIMENSIONS,
                    Integer.toUnsignedString(rank));
        }
        int[] dims = new int[rank];
        long elements = 1;
        for (int d = rank - 1; d >= 0; d--) {
            long dim = cursor.int64("the dimensions of " + what);
            if (dim < 0 || dim > Integer.MAX_VALUE) {
                throw cursor.error("the dimensions of " + what, "each below 2^31", Long.toUnsignedString(dim));
            }
            dims[d] = (int) dim;
            elements = dim == 0 ? 0 : Math.multiplyHigh(elements, dim) != 0 ? -1 : elements * dim;
            if (elements < 0) {
                throw cursor.error("the size of " + what, "fewer than 2^63 elements", "more");
            }
        }
        GgufType type = type(name);
        int innermost = rank == 0 ? 1 : dims[rank - 1];
        if (innermost % type.blockElements() != 0) {
            throw cursor.error(
                    what, "rows of whole " + type + " blocks of " + type.blockElements(), "rows of " + innermost);
        }
        if (elements / type.blockElements() > file.byteSize() / type.blockBytes()) {
            throw cursor.error(
                    what,
                    "data that fit into the file's " + file.byteSize() + " bytes",
                    elements + " elements of " + type);
        }
        long offset = cursor.int64("the offset of " + what);
        return new GgufTensor(name, Shape.of(dims), type, offset, type.bytes(elements));
    }

    private GgufType type(String name) {
        int id = cursor.int32("the type of " + Named.tensor(name));
        return GgufType.withId(id)
                .orElseThrow(() -> new UserError(source + ": " + Named.tensor(name) + " has type " + GgufType.nameOf(id)
                        + ", which cannot be read; the types that can are "
                        + String.join(
                                ", ",
                                Arrays.stream(GgufType.values()).map(Enum::name).toList())
                        + ".\nGet the model quantised in another way (Q8_0 and Q4_K_M are common), or its original."));
    }

    /// The tensors with offsets from the start of the file, each within it and none over another.
    private List<GgufTensor> placed(List<GgufTensor> described, long alignment) {
        long dataStart = (cursor.position() + alignment - 1) & -alignment;
        List<GgufTensor> placed = new ArrayList<>();
        for (GgufTensor t : described) {
            long room = file.byteSize() - dataStart - t.bytes();
            if (t.offset() < 0 || t.offset() > room) {
                throw new UserError(
                        source + ": " + Named.tensor(t.name()) + " " + t.shape() + " " + t.type() + ": expected its "
                                + t.bytes() + " bytes at " + Long.toUnsignedString(t.offset())
                                + " of the data, which begin at byte "
                                + dataStart + ", found the end of the file at byte " + file.byteSize()
                                + ".\nThe file is damaged or cut short: compare its size and checksum with its source.");
            }
            if ((t.offset() & (alignment - 1)) != 0) {
                throw new UserError(
                        source + ": " + Named.tensor(t.name()) + ": expected an offset that is a multiple of "
                                + alignment + ", found " + t.offset() + ".\nThe file is damaged; get it again.");
            }
            placed.add(new GgufTensor(t.name(), t.shape(), t.type(), dataStart + t.offset(), t.bytes()));
        }
        refuseOverlaps(placed);
        return List.copyOf(placed);
    }

    private void refuseOverlaps(List<GgufTensor> placed) {
        List<GgufTensor> inOrder = placed.stream()
                .filter(t -> t.bytes() > 0)
                .sorted(Comparator.comparingLong(GgufTensor::offset))
                .toList();
        for (int i = 1; i < inOrder.size(); i++) {
            GgufTensor before = inOrder.get(i - 1);
            GgufTensor t = inOrder.get(i);
            if (before.offset() + before.bytes() > t.offset()) {
                throw new UserError(source + ": " + Named.tensor(t.name()) + " begins at byte " + t.offset() + ", but "
                        + Named.tensor(before.name()) + " lies there up to byte " + (before.offset() + before.bytes())
                        + ".\nThe file is damaged; get it again.");
            }
        }
    }
}
