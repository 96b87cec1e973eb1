package org.rduzoo.checkpoint.gguf;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import org.rduzoo.ir.DType;

/// Element types of GGUF tensors that can be read: plain numbers, and blocks of quantised ones.
///
/// A quantised row is a whole number of blocks, each with its own scales.
public enum GgufType {
    F32(0, DType.F32),
    F16(1, DType.F16),
    Q4_0(2, 32, 18),
    Q4_1(3, 32, 20),
    Q5_0(6, 32, 22),
    Q5_1(7, 32, 24),
    Q8_0(8, 32, 34),
    Q2_K(10, 256, 84),
    Q3_K(11, 256, 110),
    Q4_K(12, 256, 144),
    Q5_K(13, 256, 176),
    Q6_K(14, 256, 210),
    I8(24, DType.I8),
    I16(25, DType.I16),
    I32(26, DType.I32),
    I64(27, DType.I64),
    F64(28, DType.F64),
    BF16(30, DType.BF16);

    /// Types that occur in files and cannot be read, so that a message can call them by their names.
    private static final Map<Integer, String> OTHERS = Map.ofEntries(
            Map.entry(4, "Q4_2"),
            Map.entry(5, "Q4_3"),
            Map.entry(9, "Q8_1"),
            Map.entry(15, "Q8_K"),
            Map.entry(16, "IQ2_XXS"),
            Map.entry(17, "IQ2_XS"),
            Map.entry(18, "IQ3_XXS"),
            Map.entry(19, "IQ1_S"),
            Map.entry(20, "IQ4_NL"),
            Map.entry(21, "IQ3_S"),
            Map.entry(22, "IQ2_S"),
            Map.entry(23, "IQ4_XS"),
            Map.entry(29, "IQ1_M"),
            Map.entry(31, "Q4_0_4_4"),
            Map.entry(32, "Q4_0_4_8"),
            Map.entry(33, "Q4_0_8_8"),
            Map.entry(34, "TQ1_0"),
            Map.entry(35, "TQ2_0"),
            Map.entry(39, "MXFP4"));

    private final int id;
    private final Optional<DType> plain;
    private final int blockElements;
    private final int blockBytes;

    GgufType(int id, DType plain) {
        this.id = id;
        this.plain = Optional.of(plain);
        this.blockElements = 1;
        this.blockBytes = plain.bytes();
    }

    GgufType(int id, int blockElements, int blockBytes) {
        this.id = id;
        this.plain = Optional.empty();
        this.blockElements = blockElements;
        this.blockBytes = blockBytes;
    }

    /// The type with this number in a file.
    static Optional<GgufType> withId(int id) {
        return Arrays.stream(values()).filter(t -> t.id == id).findFirst();
    }

    /// What a message calls the type with this number, whether it can be read or not.
    static String nameOf(int id) {
        return withId(id)
                .map(Enum::name)
                .orElseGet(() -> OTHERS.getOrDefault(id, "number " + Integer.toUnsignedLong(id)));
    }

    /// Its number in a file.
    public int id() {
        return id;
    }

    /// The element type when the data are plain numbers; nothing for quantised blocks.
    public Optional<DType> plain() {
        return plain;
    }

    /// Whether the data are blocks that must be expanded.
    public boolean isQuantized() {
        return plain.isEmpty();
    }

    /// Elements in a block; 1 for plain numbers.
    public int blockElements() {
        return blockElements;
    }

    /// Bytes of a block.
    public int blockBytes() {
        return blockBytes;
    }

    /// Bytes of so many elements, which must be whole blocks.
    long bytes(long elements) {
        return Math.multiplyExact(elements / blockElements, (long) blockBytes);
    }
}
