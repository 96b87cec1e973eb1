package org.rduzoo.checkpoint.onnx;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.rduzoo.checkpoint.file.Named;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Shape;
import org.rduzoo.ir.Type;
import org.rduzoo.samba.UserError;

/// Reads one tensor message. Its elements lie in one of three places: raw bytes, a list of numbers of some width, or a
/// file beside the model.
final class TensorReader {

    private static final int MAX_RANK = 64;

    private final String file;
    private final ExternalFiles external;
    private final List<Long> dims = new ArrayList<>();
    private final List<Wire> numbers = new ArrayList<>();
    private final Map<String, String> location = new HashMap<>();
    private String name = "";
    private int dataType;
    private @Nullable MemorySegment raw;
    private boolean isExternal;

    private TensorReader(String file, ExternalFiles external) {
        this.file = file;
        this.external = external;
    }

    static OnnxTensor read(String file, Wire wire, ExternalFiles external) {
        TensorReader reader = new TensorReader(file, external);
        reader.fields(wire);
        return reader.tensor(wire);
    }

    private void fields(Wire wire) {
        while (wire.next()) {
            switch (wire.field()) {
                case 1 -> {
                    Wire run = wire.value();
                    while (run.hasMore() && dims.size() <= MAX_RANK) {
                        dims.add(run.readVarint());
                    }
                    if (dims.size() > MAX_RANK) {
                        throw wire.broken("a tensor has more than " + MAX_RANK + " dimensions");
                    }
                }
                case 2 -> dataType = (int) wire.varint();
                case 3 -> throw wire.broken("a tensor is stored in segments, which the format no longer has");
                case 4, 5, 7, 10, 11 -> numbers.add(wire.value());
                case 8 -> name = wire.text();
                case 9 -> raw = wire.bytes();
                case 13 -> OnnxReader.entry(wire.message(OnnxReader.MAX_DEPTH), location);
                case 14 -> isExternal = wire.varint() == 1;
                default -> wire.skip();
            }
        }
    }

    private OnnxTensor tensor(Wire wire) {
        String what = Named.tensor(name);
        DType dtype = dtype(dataType)
                .orElseThrow(() -> new UserError(file + ": " + what + " has ONNX element type " + dataType
                        + ", which is not supported here (texts, complex and sub-byte numbers are not). "
                        + "Export the model with one of float, double, float16, bfloat16, float8, int or bool."));
        int[] sizes = new int[dims.size()];
        long bytes = dtype.bytes();
        for (int i = 0; i < sizes.length; i++) {
            long dim = dims.get(i);
            if (dim < 0 || dim > Integer.MAX_VALUE || Math.multiplyHigh(bytes, dim) != 0 || bytes * dim < 0) {
                throw wire.broken(what + " has the impossible dimensions "
                        + Named.shape(dims.stream().mapToLong(Long::longValue).toArray()));
            }
            bytes *= dim;
            sizes[i] = (int) dim;
        }
        Type type = new Type(dtype, Shape.of(sizes));
        return new OnnxTensor(name, type, data(wire, type));
    }

    private Supplier<MemorySegment> data(Wire wire, Type type) {
        if (isExternal) {
            return external.data(name, type, location);
        }
        if (raw != null && numbers.isEmpty()) {
            MemorySegment stored = raw;
            checkSize(wire, type, stored.byteSize());
            return () -> stored;
        }
        if (raw != null) {
            throw wire.broken(Named.tensor(name) + " has its elements twice, as bytes and as numbers");
        }
        MemorySegment read = numbers(wire, type);
        return () -> read;
    }

    private void checkSize(Wire wire, Type type, long found) {
        if (found != type.bytes()) {
            throw wire.broken(Named.tensor(name) + " of type " + type.dtype()
                    + Named.shortened(type.shape().toString()) + " has " + found + " bytes of elements where "
                    + type.bytes() + " belong");
        }
    }

    /// The elements from lists of numbers: floats and doubles as they are, all others as numbers of variable length.
    private MemorySegment numbers(Wire wire, Type type) {
        boolean fixed = type.dtype() == DType.F32 || type.dtype() == DType.F64;
        long stored = 0;
        for (Wire run : numbers) {
            stored += run.left();
        }
        long least = fixed ? type.bytes() : type.elements();
        if (stored < least || (fixed && stored != least)) {
            throw wire.broken(Named.tensor(name) + " of type " + type.dtype()
                    + Named.shortened(type.shape().toString()) + " has " + stored + " bytes of numbers where "
                    + (fixed ? "" : "at least ") + least + " belong");
        }
        if (fixed && numbers.size() == 1) {
            return numbers.getFirst().rest();
        }
        MemorySegment to = Arena.ofAuto().allocate(Math.max(1, type.bytes())).asSlice(0, type.bytes());
        int width = type.dtype().bytes();
        long at = 0;
        for (Wire run : numbers) {
            while (run.hasMore()) {
                if (at == to.byteSize()) {
                    throw wire.broken(Named.tensor(name) + " has more than its " + type.elements() + " elements");
                }
                store(
                        to,
                        at,
                        width,
                        type.dtype() == DType.F32 ? run.readInt() : fixed ? run.readLong() : run.readVarint());
                at += width;
            }
        }
        checkSize(wire, type, at);
        return to;
    }

    private static void store(MemorySegment to, long at, int width, long bits) {
        switch (width) {
            case 1 -> to.set(ValueLayout.JAVA_BYTE, at, (byte) bits);
            case 2 -> to.set(ValueLayout.JAVA_SHORT_UNALIGNED, at, (short) bits);
            case 4 -> to.set(ValueLayout.JAVA_INT_UNALIGNED, at, (int) bits);
            default -> to.set(ValueLayout.JAVA_LONG_UNALIGNED, at, bits);
        }
    }

    /// The element type by its number in the format.
    static Optional<DType> dtype(int number) {
        return Optional.ofNullable(
                switch (number) {
                    case 1 -> DType.F32;
                    case 2 -> DType.U8;
                    case 3 -> DType.I8;
                    case 4 -> DType.U16;
                    case 5 -> DType.I16;
                    case 6 -> DType.I32;
                    case 7 -> DType.I64;
                    case 9 -> DType.BOOL;
                    case 10 -> DType.F16;
                    case 11 -> DType.F64;
                    case 12 -> DType.U32;
                    case 13 -> DType.U64;
                    case 16 -> DType.BF16;
                    case 17 -> DType.F8_E4M3;
                    case 19 -> DType.F8_E5M2;
                    default -> null;
                });
    }
}
