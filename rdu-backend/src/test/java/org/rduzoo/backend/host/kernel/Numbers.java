package org.rduzoo.backend.host.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import java.util.function.IntToDoubleFunction;
import org.rduzoo.ir.DType;

/// Native tensors for tests.
public final class Numbers {

    private final Arena arena = Arena.ofAuto();
    private final Random random;

    public Numbers(long seed) {
        random = new Random(seed);
    }

    /// `n` numbers of a normal distribution, as `dtype` has them.
    public Place normal(DType dtype, long n) {
        return filled(dtype, n, _ -> random.nextGaussian());
    }

    public Place filled(DType dtype, long n, IntToDoubleFunction values) {
        Place place = empty(dtype, n);
        for (int i = 0; i < n; i++) {
            Elements.store(dtype, (float) values.applyAsDouble(i), place.address() + (long) i * dtype.bytes());
        }
        return place;
    }

    public Place f32(double... values) {
        return filled(DType.F32, values.length, i -> values[i]);
    }

    public Place i64(long... values) {
        return Place.of(arena.allocateFrom(ValueLayout.JAVA_LONG, values), DType.I64);
    }

    /// Room for `n` elements, with a margin behind that [#assertUntouchedBehind] looks at.
    public Place empty(DType dtype, long n) {
        MemorySegment segment = arena.allocate((n + 64) * dtype.bytes(), 64);
        segment.fill((byte) 0x55);
        return Place.of(segment, dtype);
    }

    public Scratch scratch(int parts) {
        return new Scratch(parts, arena);
    }

    public int below(int bound) {
        return random.nextInt(bound);
    }

    public static double at(Place place, long element) {
        return Elements.load(
                place.dtype(), place.address() + element * place.dtype().bytes());
    }

    /// Fails if anything after the first `n` elements was written.
    public static void assertUntouchedBehind(Place place, long n) {
        for (long b = n * place.dtype().bytes(); b < place.segment().byteSize(); b++) {
            assertThat(place.segment().get(ValueLayout.JAVA_BYTE, b))
                    .as("byte %d", b)
                    .isEqualTo((byte) 0x55);
        }
    }

    /// max |a − b| / max |b| over `n` elements.
    public static double relativeError(Place actual, IntToDoubleFunction expected, int n) {
        double difference = 0;
        double largest = 1e-30;
        for (int i = 0; i < n; i++) {
            double e = expected.applyAsDouble(i);
            double d = Math.abs(at(actual, i) - e);
            difference = Double.isNaN(d) ? Double.POSITIVE_INFINITY : Math.max(difference, d);
            largest = Math.max(largest, Math.abs(e));
        }
        return difference / largest;
    }
}
