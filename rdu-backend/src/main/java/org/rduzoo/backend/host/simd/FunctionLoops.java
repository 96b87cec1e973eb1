package org.rduzoo.backend.host.simd;

import static org.rduzoo.backend.host.simd.Lanes.COUNT;
import static org.rduzoo.backend.host.simd.Lanes.load;
import static org.rduzoo.backend.host.simd.Lanes.splat;
import static org.rduzoo.backend.host.simd.Lanes.store;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import org.rduzoo.backend.host.kernel.RawMemory;
import org.rduzoo.backend.host.kernel.ScalarFunctions;

/// Loops over the functions of [VectorFunctions] and the conversions of [Lanes]. Each uses up much of what the compiler
/// spends on one method, so they are called through [Outlined] and compiled one by one.
final class FunctionLoops {

    private FunctionLoops() {}

    static void exp(long x, long y, int n) {
        for (int i = 0; i < n; i += COUNT) {
            store(VectorFunctions.exp(load(x + 4L * i)), y + 4L * i);
        }
    }

    static void log(long x, long y, int n) {
        for (int i = 0; i < n; i += COUNT) {
            store(VectorFunctions.log(load(x + 4L * i)), y + 4L * i);
        }
    }

    static void tanh(long x, long y, int n) {
        for (int i = 0; i < n; i += COUNT) {
            store(VectorFunctions.tanh(load(x + 4L * i)), y + 4L * i);
        }
    }

    static void halfErfc(long x, long y, int n) {
        for (int i = 0; i < n; i += COUNT) {
            store(VectorFunctions.halfErfc(load(x + 4L * i)), y + 4L * i);
        }
    }

    static void erfGivenHalfErfc(long x, long y, int n) {
        for (int i = 0; i < n; i += COUNT) {
            store(VectorFunctions.erf(load(x + 4L * i), load(y + 4L * i)), y + 4L * i);
        }
    }

    static void sigmoid(long x, long y, int n) {
        for (int i = 0; i < n; i += COUNT) {
            store(VectorFunctions.sigmoid(load(x + 4L * i)), y + 4L * i);
        }
    }

    static void normalTail(long x, long y, int n) {
        for (int i = 0; i < n; i += COUNT) {
            store(VectorFunctions.normalTail(load(x + 4L * i)), y + 4L * i);
        }
    }

    static void geluGivenTail(long x, long y, int n) {
        for (int i = 0; i < n; i += COUNT) {
            store(VectorFunctions.gelu(load(x + 4L * i), load(y + 4L * i)), y + 4L * i);
        }
    }

    static void geluTanh(long x, long y, int n) {
        for (int i = 0; i < n; i += COUNT) {
            store(VectorFunctions.geluTanh(load(x + 4L * i)), y + 4L * i);
        }
    }

    static void silu(long x, long y, int n) {
        for (int i = 0; i < n; i += COUNT) {
            store(VectorFunctions.silu(load(x + 4L * i)), y + 4L * i);
        }
    }

    static void softplus(long x, long y, int n) {
        for (int i = 0; i < n; i += COUNT) {
            store(VectorFunctions.softplus(load(x + 4L * i)), y + 4L * i);
        }
    }

    static void round(long x, long y, int n) {
        for (int i = 0; i < n; i += COUNT) {
            store(Lanes.round(load(x + 4L * i)), y + 4L * i);
        }
    }

    static void widen(long x, long y, int n) {
        int whole = Lanes.whole(n);
        for (int i = 0; i < whole; i += COUNT) {
            store(Lanes.widen(x + 2L * i), y + 4L * i);
        }
        for (int i = whole; i < n; i++) {
            RawMemory.f32(y + 4L * i, RawMemory.bf16(x + 2L * i));
        }
    }

    static void narrow(long x, long y, int n) {
        int whole = Lanes.whole(n);
        for (int i = 0; i < whole; i += COUNT) {
            Lanes.narrow(load(x + 4L * i), y + 2L * i);
        }
        for (int i = whole; i < n; i++) {
            RawMemory.bf16(y + 2L * i, RawMemory.f32(x + 4L * i));
        }
    }

    /// Σ exp(x − shift) for x not above the shift.
    static float sumOfExp(long x, float shift, int n) {
        FloatVector m = splat(shift);
        FloatVector s0 = splat(0);
        FloatVector s1 = s0;
        int i = 0;
        for (; i <= n - 2 * COUNT; i += 2 * COUNT) {
            s0 = s0.add(VectorFunctions.expOfNegative(load(x + 4L * i).sub(m)));
            s1 = s1.add(
                    VectorFunctions.expOfNegative(load(x + 4L * i + 4L * COUNT).sub(m)));
        }
        float sum = s0.add(s1).reduceLanes(VectorOperators.ADD);
        for (; i < n; i++) {
            sum += ScalarFunctions.exp(RawMemory.f32(x + 4L * i) - shift);
        }
        return sum;
    }

    /// `y = exp(x − shift)` for x not above the shift; yields the sum.
    static float expOfRow(long x, float shift, long y, int n) {
        FloatVector m = splat(shift);
        FloatVector s0 = splat(0);
        FloatVector s1 = s0;
        int i = 0;
        for (; i <= n - 2 * COUNT; i += 2 * COUNT) {
            FloatVector e0 = VectorFunctions.expOfNegative(load(x + 4L * i).sub(m));
            FloatVector e1 =
                    VectorFunctions.expOfNegative(load(x + 4L * i + 4L * COUNT).sub(m));
            store(e0, y + 4L * i);
            store(e1, y + 4L * i + 4L * COUNT);
            s0 = s0.add(e0);
            s1 = s1.add(e1);
        }
        float sum = s0.add(s1).reduceLanes(VectorOperators.ADD);
        for (; i < n; i++) {
            float e = ScalarFunctions.exp(RawMemory.f32(x + 4L * i) - shift);
            RawMemory.f32(y + 4L * i, e);
            sum += e;
        }
        return sum;
    }
}
