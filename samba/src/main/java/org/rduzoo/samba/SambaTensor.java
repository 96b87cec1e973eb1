package org.rduzoo.samba;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import java.util.function.LongBinaryOperator;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Shape;
import org.rduzoo.ir.Type;

/// A tensor with a name and numbers: what a graph is fed, and what comes out of it. It does plain arithmetic, on the
/// host, when it is called.
///
/// Elements lie in row-major order, little-endian, packed: `bool`, `bf16`, `f16`, `f32`, `f64`, `i32` or `i64`. The
/// result of arithmetic has the element type of its operands, which must be the same; floats are computed as float64
/// and rounded once. Axes may count from the end.
public final class SambaTensor {

    private static final long ALIGNMENT = 64;

    private final String name;
    private final Type type;
    private final MemorySegment data;
    private final OptionalInt batchDim;
    private @Nullable SambaTensor snGrad;

    private SambaTensor(String name, Type type, MemorySegment data, OptionalInt batchDim) {
        this.name = name;
        this.type = type;
        this.data = data;
        this.batchDim = batchDim;
    }

    /// A tensor over `data`, which is not copied.
    public static SambaTensor of(String name, Type type, MemorySegment data) {
        switch (type.dtype()) {
            case BOOL, BF16, F16, F32, F64, I32, I64 -> {
                if (data.byteSize() != type.bytes()) {
                    throw new IllegalArgumentException(
                            "%s: %s needs %d bytes, not %d".formatted(name, type, type.bytes(), data.byteSize()));
                }
            }
            case U8, I8, F8_E4M3, F8_E5M2, I16, U16, U32, U64 ->
                throw new IllegalArgumentException(
                        name + ": no arithmetic on " + type.dtype().text());
        }
        return new SambaTensor(name, type, data, OptionalInt.empty());
    }

    /// A tensor of zeros in memory of its own, which lives as long as anybody holds it.
    public static SambaTensor zeros(String name, Type type) {
        return of(name, type, Arena.ofAuto().allocate(type.bytes(), ALIGNMENT));
    }

    /// `f32`, these numbers.
    public static SambaTensor of(String name, float[] values, int... dims) {
        SambaTensor tensor = zeros(name, Type.of(DType.F32, dims));
        tensor.requireElements(values.length);
        MemorySegment.copy(values, 0, tensor.data, JAVA_FLOAT_UNALIGNED, 0, values.length);
        return tensor;
    }

    /// `i64`, these numbers.
    public static SambaTensor of(String name, long[] values, int... dims) {
        SambaTensor tensor = zeros(name, Type.of(DType.I64, dims));
        tensor.requireElements(values.length);
        MemorySegment.copy(values, 0, tensor.data, JAVA_LONG_UNALIGNED, 0, values.length);
        return tensor;
    }

    private void requireElements(long count) {
        if (count != elements()) {
            throw new IllegalArgumentException("%s: %d elements for %s".formatted(name, count, type));
        }
    }

    /// The name by which a graph knows it.
    public String name() {
        return name;
    }

    public Type type() {
        return type;
    }

    public DType dtype() {
        return type.dtype();
    }

    public Shape shape() {
        return type.shape();
    }

    public long elements() {
        return type.elements();
    }

    /// The elements themselves; to write here is to change the tensor.
    public MemorySegment segment() {
        return data;
    }

    /// The axis that counts samples, if it was said.
    public OptionalInt batchDim() {
        return batchDim;
    }

    /// The same elements under another name.
    public SambaTensor withName(String newName) {
        return new SambaTensor(newName, type, data, batchDim);
    }

    /// The same elements; `axis` counts samples.
    public SambaTensor withBatchDim(int axis) {
        return new SambaTensor(name, type, data, OptionalInt.of(shape().axis(axis)));
    }

    /// A copy that no later run changes.
    public SambaTensor toCpu() {
        SambaTensor copy = zeros(name, type);
        copy.data.copyFrom(data);
        return new SambaTensor(name, type, copy.data, batchDim);
    }

    /// The gradient of the loss by this tensor. On a weight, a run leaves it there. On an output, it is what the
    /// backward pass starts from: a weight for each element, as in 0 on padding, and 1 in all.
    public Optional<SambaTensor> snGrad() {
        return Optional.ofNullable(snGrad);
    }

    /// Sets [#snGrad].
    public void snGrad(SambaTensor gradient) {
        if (!gradient.shape().equals(shape())) {
            throw new IllegalArgumentException("the gradient of %s is %s, but must be %s like the tensor"
                    .formatted(name, gradient.shape(), shape()));
        }
        snGrad = gradient;
    }

    // Numbers.

    /// Element `i` in row-major order.
    public double get(long i) {
        return switch (dtype()) {
            case F32 -> data.get(JAVA_FLOAT_UNALIGNED, 4 * i);
            case F64 -> data.get(JAVA_DOUBLE_UNALIGNED, 8 * i);
            case BF16 -> Float.intBitsToFloat(data.get(JAVA_SHORT_UNALIGNED, 2 * i) << 16);
            case F16 -> Float.float16ToFloat(data.get(JAVA_SHORT_UNALIGNED, 2 * i));
            case I64, I32, BOOL -> getLong(i);
            case U8, I8, F8_E4M3, F8_E5M2, I16, U16, U32, U64 -> throw unsupported();
        };
    }

    /// Element `i` in row-major order, of a tensor of whole numbers.
    public long getLong(long i) {
        return switch (dtype()) {
            case I64 -> data.get(JAVA_LONG_UNALIGNED, 8 * i);
            case I32 -> data.get(JAVA_INT_UNALIGNED, 4 * i);
            case BOOL -> data.get(JAVA_BYTE, i);
            case F32, F64, BF16, F16 -> (long) get(i);
            case U8, I8, F8_E4M3, F8_E5M2, I16, U16, U32, U64 -> throw unsupported();
        };
    }

    private void set(long i, double x) {
        double rounded = dtype().round(x);
        switch (dtype()) {
            case F32 -> data.set(JAVA_FLOAT_UNALIGNED, 4 * i, (float) rounded);
            case F64 -> data.set(JAVA_DOUBLE_UNALIGNED, 8 * i, rounded);
            case BF16 ->
                data.set(JAVA_SHORT_UNALIGNED, 2 * i, (short) (Float.floatToRawIntBits((float) rounded) >>> 16));
            case F16 -> data.set(JAVA_SHORT_UNALIGNED, 2 * i, Float.floatToFloat16((float) rounded));
            case I64, I32, BOOL -> set(i, (long) rounded);
            case U8, I8, F8_E4M3, F8_E5M2, I16, U16, U32, U64 -> throw unsupported();
        }
    }

    private void set(long i, long x) {
        switch (dtype()) {
            case I64 -> data.set(JAVA_LONG_UNALIGNED, 8 * i, x);
            case I32 -> data.set(JAVA_INT_UNALIGNED, 4 * i, (int) x);
            case BOOL -> data.set(JAVA_BYTE, i, (byte) (x == 0 ? 0 : 1));
            case F32, F64, BF16, F16 -> set(i, (double) x);
            case U8, I8, F8_E4M3, F8_E5M2, I16, U16, U32, U64 -> throw unsupported();
        }
    }

    private IllegalStateException unsupported() {
        return new IllegalStateException(name + " is " + type);
    }

    /// The only element.
    public double item() {
        requireElements(1);
        return get(0);
    }

    public float[] toFloats() {
        float[] values = new float[Math.toIntExact(elements())];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) get(i);
        }
        return values;
    }

    public long[] toLongs() {
        return LongStream.range(0, elements()).map(this::getLong).toArray();
    }

    // Arithmetic, element by element. Shapes stretch: aligned at the end, equal or 1.

    public SambaTensor plus(SambaTensor other) {
        return with(other, Double::sum, Long::sum);
    }

    public SambaTensor minus(SambaTensor other) {
        return with(other, (a, b) -> a - b, (a, b) -> a - b);
    }

    public SambaTensor times(SambaTensor other) {
        return with(other, (a, b) -> a * b, (a, b) -> a * b);
    }

    /// Whole numbers are divided without remainder, towards zero.
    public SambaTensor dividedBy(SambaTensor other) {
        return with(other, (a, b) -> a / b, (a, b) -> a / b);
    }

    public SambaTensor plus(double number) {
        return map(x -> x + number);
    }

    public SambaTensor minus(double number) {
        return map(x -> x - number);
    }

    public SambaTensor times(double number) {
        return map(x -> x * number);
    }

    public SambaTensor dividedBy(double number) {
        return map(x -> x / number);
    }

    /// A function of each element, computed as float64.
    public SambaTensor map(DoubleUnaryOperator fn) {
        SambaTensor result = zeros(name, type);
        for (long i = 0; i < elements(); i++) {
            result.set(i, fn.applyAsDouble(get(i)));
        }
        return result;
    }

    private SambaTensor with(SambaTensor other, DoubleBinaryOperator floats, LongBinaryOperator integers) {
        if (dtype() != other.dtype()) {
            throw new IllegalArgumentException("%s is %s, but %s is %s; cast one of them"
                    .formatted(name, dtype().text(), other.name, other.dtype().text()));
        }
        Shape joined = shape().broadcast(other.shape());
        SambaTensor result = zeros(name, type.withShape(joined));
        long[] mine = steps(shape(), joined);
        long[] theirs = steps(other.shape(), joined);
        boolean isFloat = dtype().isFloat();
        int[] place = new int[joined.rank()];
        long a = 0;
        long b = 0;
        for (long i = 0; i < result.elements(); i++) {
            if (isFloat) {
                result.set(i, floats.applyAsDouble(get(a), other.get(b)));
            } else {
                result.set(i, integers.applyAsLong(getLong(a), other.getLong(b)));
            }
            for (int axis = joined.rank() - 1; axis >= 0; axis--) {
                a += mine[axis];
                b += theirs[axis];
                if (++place[axis] < joined.dim(axis)) {
                    break;
                }
                a -= mine[axis] * joined.dim(axis);
                b -= theirs[axis] * joined.dim(axis);
                place[axis] = 0;
            }
        }
        return result;
    }

    /// How far apart neighbours along each axis of `wider` lie in a tensor of shape `narrow`: 0 where it stretches.
    private static long[] steps(Shape narrow, Shape wider) {
        long[] strides = narrow.strides();
        int missing = wider.rank() - narrow.rank();
        return IntStream.range(0, wider.rank())
                .mapToLong(i -> i < missing || narrow.dim(i - missing) == 1 ? 0 : strides[i - missing])
                .toArray();
    }

    public SambaTensor cast(DType dtype) {
        SambaTensor result = zeros(name, type.withDType(dtype));
        boolean integers = !dtype().isFloat() && !dtype.isFloat() && dtype != DType.I32;
        for (long i = 0; i < elements(); i++) {
            if (integers) {
                result.set(i, getLong(i));
            } else {
                result.set(i, get(i));
            }
        }
        return result;
    }

    // Layout.

    /// The same elements, not copied, under another shape; one dimension may be -1, and follows from the others.
    public SambaTensor reshape(int... dims) {
        int[] d = dims.clone();
        int open =
                IntStream.range(0, d.length).filter(i -> d[i] == -1).findFirst().orElse(-1);
        if (open >= 0) {
            d[open] = 1;
            d[open] = Math.toIntExact(elements() / Math.max(1, Shape.of(d).elements()));
        }
        if (Shape.of(d).elements() != elements()) {
            throw new IllegalArgumentException("%s %s cannot be seen as %s".formatted(name, shape(), Shape.of(d)));
        }
        return new SambaTensor(name, type.withShape(Shape.of(d)), data, OptionalInt.empty());
    }

    /// The place `index` along the first axis, which vanishes; not copied.
    public SambaTensor at(int index) {
        Shape rest = shape().withoutDim(0);
        if (index < 0 || index >= shape().dim(0)) {
            throw new IndexOutOfBoundsException("%s %s has no place %d".formatted(name, shape(), index));
        }
        Type row = type.withShape(rest);
        return new SambaTensor(name, row, data.asSlice(index * row.bytes(), row.bytes()), OptionalInt.empty());
    }

    // Along dimensions.

    /// The sum of all elements.
    public double sum() {
        double sum = 0;
        for (long i = 0; i < elements(); i++) {
            sum += get(i);
        }
        return sum;
    }

    public double mean() {
        return sum() / elements();
    }

    /// The share of elements that are as those of `other`.
    public double agreement(SambaTensor other) {
        return minus(other).map(d -> d == 0 ? 1 : 0).mean();
    }

    /// The root of the sum of all squares.
    public double norm() {
        double squares = 0;
        for (long i = 0; i < elements(); i++) {
            squares += get(i) * get(i);
        }
        return Math.sqrt(squares);
    }

    /// `[.., N] -> i64[..]`: where the largest element of each row is, the first of equals.
    public SambaTensor argmax() {
        int n = shape().dim(-1);
        SambaTensor result = zeros(name, new Type(DType.I64, shape().withoutDim(-1)));
        for (long row = 0; row < result.elements(); row++) {
            int best = 0;
            for (int i = 1; i < n; i++) {
                if (get(row * n + i) > get(row * n + best)) {
                    best = i;
                }
            }
            result.set(row, (long) best);
        }
        return result;
    }

    /// As in `image f32[64, 3, 32, 32]`, with the elements of small ones.
    @Override
    public String toString() {
        return name + " " + type + (elements() <= 8 ? " " + Arrays.toString(toFloats()) : "");
    }
}
