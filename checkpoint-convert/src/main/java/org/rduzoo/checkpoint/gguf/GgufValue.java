package org.rduzoo.checkpoint.gguf;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// A value of a GGUF file's metadata.
///
/// Arrays of numbers and texts stay in the file until an element is asked for.
public sealed interface GgufValue {

    /// What a value is in the file.
    enum Kind {
        U8(0, 1),
        I8(1, 1),
        U16(2, 2),
        I16(3, 2),
        U32(4, 4),
        I32(5, 4),
        F32(6, 4),
        BOOL(7, 1),
        TEXT(8, 8),
        ARRAY(9, 12),
        U64(10, 8),
        I64(11, 8),
        F64(12, 8);

        private final int id;
        private final int leastBytes;

        Kind(int id, int leastBytes) {
            this.id = id;
            this.leastBytes = leastBytes;
        }

        /// The kind with this number in a file.
        static Optional<Kind> withId(int id) {
            return Stream.of(values()).filter(k -> k.id == id).findFirst();
        }

        /// Its number in a file.
        public int id() {
            return id;
        }

        /// The fewest bytes that a value takes: all of a number, the length of a text, the head of an
        /// array.
        int leastBytes() {
            return leastBytes;
        }

        /// Whether each value takes the same number of bytes.
        boolean isFixed() {
            return this != TEXT && this != ARRAY;
        }

        private boolean isReal() {
            return this == F32 || this == F64;
        }
    }

    /// A whole number; of [Kind#U64], `value` holds the bits.
    record Int(Kind kind, long value) implements GgufValue {
        @Override
        public String toString() {
            return kind == Kind.U64 ? Long.toUnsignedString(value) : Long.toString(value);
        }
    }

    /// A number in floating point; of [Kind#F32], `value` is exactly that float.
    record Real(Kind kind, double value) implements GgufValue {
        /// The decimal that the float was written from, as far as can be told: the shortest that rounds to
        /// it.
        double decimal() {
            return kind == Kind.F32 ? Double.parseDouble(Float.toString((float) value)) : value;
        }

        @Override
        public String toString() {
            return Double.toString(decimal());
        }
    }

    record Bool(boolean value) implements GgufValue {
        @Override
        public String toString() {
            return Boolean.toString(value);
        }
    }

    record Text(String value) implements GgufValue {
        @Override
        public String toString() {
            return value;
        }
    }

    /// Several values of one kind.
    sealed interface Array extends GgufValue {
        int size();
    }

    /// An array of numbers or truth values, `packed` as in the file.
    record Numbers(Kind kind, MemorySegment packed) implements Array {
        @Override
        public int size() {
            return Math.toIntExact(packed.byteSize() / kind.leastBytes());
        }

        /// Element `i`.
        public GgufValue get(int i) {
            return number(kind, packed, (long) i * kind.leastBytes());
        }

        /// Element `i` of an array of numbers, as near as a double comes.
        public double doubleAt(int i) {
            return switch (get(i)) {
                case Int n -> n.value();
                case Real x -> x.value();
                case Bool b -> b.value() ? 1 : 0;
                case Text t -> throw new IllegalStateException("not a number: " + t);
                case Array a -> throw new IllegalStateException("not a number: " + a);
            };
        }

        /// Element `i` of an array of whole numbers.
        public long longAt(int i) {
            return (long) doubleAt(i);
        }

        @Override
        public String toString() {
            return size() + " x " + kind;
        }
    }

    /// An array of texts: text `i` lies from `starts[i]` to its length there.
    final class Texts implements Array {

        private final MemorySegment file;
        private final String where;
        private final long[] starts;

        Texts(MemorySegment file, String where, long[] starts) {
            this.file = file;
            this.where = where;
            this.starts = starts;
        }

        @Override
        public int size() {
            return starts.length;
        }

        /// Text `i`.
        ///
        /// @throws UserError if it is not UTF-8
        public String get(int i) {
            GgufCursor cursor = new GgufCursor(file, where);
            cursor.jump(starts[i]);
            return cursor.text("element " + i);
        }

        @Override
        public String toString() {
            return size() + " x TEXT";
        }
    }

    /// An array of arrays.
    record Arrays(List<Array> elements) implements Array {
        @Override
        public int size() {
            return elements.size();
        }

        @Override
        public String toString() {
            return size() + " x ARRAY";
        }
    }

    /// The number or truth value of this kind at a place.
    static GgufValue number(Kind kind, MemorySegment at, long offset) {
        if (kind == Kind.BOOL) {
            return new Bool(at.get(ValueLayout.JAVA_BYTE, offset) != 0);
        }
        if (kind.isReal()) {
            return new Real(kind, kind == Kind.F32 ? at.get(GgufCursor.F32, offset) : at.get(GgufCursor.F64, offset));
        }
        return new Int(
                kind,
                switch (kind.leastBytes()) {
                    case 1 -> {
                        byte b = at.get(ValueLayout.JAVA_BYTE, offset);
                        yield kind == Kind.U8 ? Byte.toUnsignedLong(b) : b;
                    }
                    case 2 -> {
                        short s = at.get(GgufCursor.I16, offset);
                        yield kind == Kind.U16 ? Short.toUnsignedLong(s) : s;
                    }
                    case 4 -> {
                        int n = at.get(GgufCursor.I32, offset);
                        yield kind == Kind.U32 ? Integer.toUnsignedLong(n) : n;
                    }
                    default -> at.get(GgufCursor.I64, offset);
                });
    }
}
