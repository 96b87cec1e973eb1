package org.rduzoo.backend.host.simd;

import static org.rduzoo.backend.host.kernel.RawMemory.ALL;
import static org.rduzoo.backend.host.simd.Lanes.COUNT;
import static org.rduzoo.backend.host.simd.Lanes.FLOATS;
import static org.rduzoo.backend.host.simd.Lanes.ORDER;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import org.rduzoo.backend.host.kernel.RawMemory;

/// One loop for each plain function of an element; `n` is a multiple of the number of lanes.
///
/// The loops here and in [Rows] call the Vector API alone, no method of ours: whatever they are compiled into, and
/// however long that grows, the compiler always takes the API's methods in, but not ours, and vectors that cross a call
/// are objects.
final class Loops {

    private Loops() {}

    static void neg(long x, long y, int n) {
        for (int i = 0; i < n; i += COUNT) {
            FloatVector.fromMemorySegment(FLOATS, ALL, x + 4L * i, ORDER)
                    .neg()
                    .intoMemorySegment(ALL, y + 4L * i, ORDER);
        }
    }

    static void abs(long x, long y, int n) {
        for (int i = 0; i < n; i += COUNT) {
            FloatVector.fromMemorySegment(FLOATS, ALL, x + 4L * i, ORDER)
                    .abs()
                    .intoMemorySegment(ALL, y + 4L * i, ORDER);
        }
    }

    static void sqrt(long x, long y, int n) {
        for (int i = 0; i < n; i += COUNT) {
            FloatVector.fromMemorySegment(FLOATS, ALL, x + 4L * i, ORDER)
                    .sqrt()
                    .intoMemorySegment(ALL, y + 4L * i, ORDER);
        }
    }

    static void rsqrt(long x, long y, int n) {
        for (int i = 0; i < n; i += COUNT) {
            Splat.ONE
                    .div(FloatVector.fromMemorySegment(FLOATS, ALL, x + 4L * i, ORDER)
                            .sqrt())
                    .intoMemorySegment(ALL, y + 4L * i, ORDER);
        }
    }

    static void reciprocal(long x, long y, int n) {
        for (int i = 0; i < n; i += COUNT) {
            Splat.ONE
                    .div(FloatVector.fromMemorySegment(FLOATS, ALL, x + 4L * i, ORDER))
                    .intoMemorySegment(ALL, y + 4L * i, ORDER);
        }
    }

    static void relu(long x, long y, int n) {
        for (int i = 0; i < n; i += COUNT) {
            FloatVector.fromMemorySegment(FLOATS, ALL, x + 4L * i, ORDER)
                    .max(Splat.ZERO)
                    .intoMemorySegment(ALL, y + 4L * i, ORDER);
        }
    }

    static void add(long a, long b, long y, int n) {
        for (int i = 0; i < n; i += COUNT) {
            FloatVector.fromMemorySegment(FLOATS, ALL, a + 4L * i, ORDER)
                    .add(FloatVector.fromMemorySegment(FLOATS, ALL, b + 4L * i, ORDER))
                    .intoMemorySegment(ALL, y + 4L * i, ORDER);
        }
    }

    static void sub(long a, long b, long y, int n) {
        for (int i = 0; i < n; i += COUNT) {
            FloatVector.fromMemorySegment(FLOATS, ALL, a + 4L * i, ORDER)
                    .sub(FloatVector.fromMemorySegment(FLOATS, ALL, b + 4L * i, ORDER))
                    .intoMemorySegment(ALL, y + 4L * i, ORDER);
        }
    }

    static void mul(long a, long b, long y, int n) {
        for (int i = 0; i < n; i += COUNT) {
            FloatVector.fromMemorySegment(FLOATS, ALL, a + 4L * i, ORDER)
                    .mul(FloatVector.fromMemorySegment(FLOATS, ALL, b + 4L * i, ORDER))
                    .intoMemorySegment(ALL, y + 4L * i, ORDER);
        }
    }

    static void div(long a, long b, long y, int n) {
        for (int i = 0; i < n; i += COUNT) {
            FloatVector.fromMemorySegment(FLOATS, ALL, a + 4L * i, ORDER)
                    .div(FloatVector.fromMemorySegment(FLOATS, ALL, b + 4L * i, ORDER))
                    .intoMemorySegment(ALL, y + 4L * i, ORDER);
        }
    }

    static void max(long a, long b, long y, int n) {
        for (int i = 0; i < n; i += COUNT) {
            FloatVector.fromMemorySegment(FLOATS, ALL, a + 4L * i, ORDER)
                    .max(FloatVector.fromMemorySegment(FLOATS, ALL, b + 4L * i, ORDER))
                    .intoMemorySegment(ALL, y + 4L * i, ORDER);
        }
    }

    static void min(long a, long b, long y, int n) {
        for (int i = 0; i < n; i += COUNT) {
            FloatVector.fromMemorySegment(FLOATS, ALL, a + 4L * i, ORDER)
                    .min(FloatVector.fromMemorySegment(FLOATS, ALL, b + 4L * i, ORDER))
                    .intoMemorySegment(ALL, y + 4L * i, ORDER);
        }
    }

    /// Rare enough to go an element at a time, in float64.

    static void pow(long a, long b, long y, int n) {
        for (int i = 0; i < n; i++) {
            RawMemory.f32(y + 4L * i, (float) Math.pow(RawMemory.f32(a + 4L * i), RawMemory.f32(b + 4L * i)));
        }
    }

    static void equal(long a, long b, long y, int n) {
        for (int i = 0; i < n; i += COUNT) {
            VectorMask<Float> holds = FloatVector.fromMemorySegment(FLOATS, ALL, a + 4L * i, ORDER)
                    .compare(VectorOperators.EQ, FloatVector.fromMemorySegment(FLOATS, ALL, b + 4L * i, ORDER));
            Splat.ZERO.blend(Splat.ONE, holds).intoMemorySegment(ALL, y + 4L * i, ORDER);
        }
    }

    static void notEqual(long a, long b, long y, int n) {
        for (int i = 0; i < n; i += COUNT) {
            VectorMask<Float> holds = FloatVector.fromMemorySegment(FLOATS, ALL, a + 4L * i, ORDER)
                    .compare(VectorOperators.NE, FloatVector.fromMemorySegment(FLOATS, ALL, b + 4L * i, ORDER));
            Splat.ZERO.blend(Splat.ONE, holds).intoMemorySegment(ALL, y + 4L * i, ORDER);
        }
    }

    static void less(long a, long b, long y, int n) {
        for (int i = 0; i < n; i += COUNT) {
            VectorMask<Float> holds = FloatVector.fromMemorySegment(FLOATS, ALL, a + 4L * i, ORDER)
                    .compare(VectorOperators.LT, FloatVector.fromMemorySegment(FLOATS, ALL, b + 4L * i, ORDER));
            Splat.ZERO.blend(Splat.ONE, holds).intoMemorySegment(ALL, y + 4L * i, ORDER);
        }
    }

    static void atMost(long a, long b, long y, int n) {
        for (int i = 0; i < n; i += COUNT) {
            VectorMask<Float> holds = FloatVector.fromMemorySegment(FLOATS, ALL, a + 4L * i, ORDER)
                    .compare(VectorOperators.LE, FloatVector.fromMemorySegment(FLOATS, ALL, b + 4L * i, ORDER));
            Splat.ZERO.blend(Splat.ONE, holds).intoMemorySegment(ALL, y + 4L * i, ORDER);
        }
    }

    static void select(long condition, long then, long otherwise, long y, int n) {
        for (int i = 0; i < n; i += COUNT) {
            VectorMask<Float> holds = FloatVector.fromMemorySegment(FLOATS, ALL, condition + 4L * i, ORDER)
                    .compare(VectorOperators.NE, Splat.ZERO);
            FloatVector.fromMemorySegment(FLOATS, ALL, otherwise + 4L * i, ORDER)
                    .blend(FloatVector.fromMemorySegment(FLOATS, ALL, then + 4L * i, ORDER), holds)
                    .intoMemorySegment(ALL, y + 4L * i, ORDER);
        }
    }

    /// Numbers of 2²³ and more have no fraction, nor do infinities and NaN.

    static void truncate(long x, long y, int n) {
        for (int i = 0; i < n; i += COUNT) {
            FloatVector v = FloatVector.fromMemorySegment(FLOATS, ALL, x + 4L * i, ORDER);
            VectorMask<Float> fractional = v.abs().compare(VectorOperators.LT, Splat.TWO_23);
            FloatVector whole = (FloatVector) v.convert(VectorOperators.F2I, 0).convert(VectorOperators.I2F, 0);
            v.blend(whole, fractional).intoMemorySegment(ALL, y + 4L * i, ORDER);
        }
    }
}
