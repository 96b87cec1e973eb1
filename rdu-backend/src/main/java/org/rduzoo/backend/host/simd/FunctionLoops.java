package org.rduzoo.backend.host.simd;

import static org.rduzoo.backend.host.kernel.RawMemory.ALL;
import static org.rduzoo.backend.host.simd.Lanes.COUNT;
import static org.rduzoo.backend.host.simd.Lanes.ORDER;
import static org.rduzoo.backend.host.simd.Lanes.load;
import static org.rduzoo.backend.host.simd.Lanes.splat;
import static org.rduzoo.backend.host.simd.Lanes.store;

import jdk.incubator.vector.FloatVector;
import org.rduzoo.backend.host.kernel.RawMemory;
import org.rduzoo.backend.host.kernel.ScalarFunctions;

/// Loops over the functions of [VectorFunctions] and the conversions of [Lanes]. Each uses up much of what the compiler
/// spends on one method, so they are called through [Outlined] and compiled one by one. What it spends is counted in
/// nodes of its graph: past 18,000 of them it takes in no more methods of ours, while those of the Vector API it always
/// does. So no loop calls two long functions, and the longest call the API alone after theirs.
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
            VectorFunctions.halfErfc(load(x + 4L * i)).intoMemorySegment(ALL, y + 4L * i, ORDER);
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
            VectorFunctions.normalTail(load(x + 4L * i)).intoMemorySegment(ALL, y + 4L * i, ORDER);
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
    ///
    /// Here and in [#expOfRow] two sums take turns. Two vectors a round would do the same, but with their ways to and
    /// from memory they are more than the compiler takes into one method, and it would leave off before the last.
    static float sumOfExp(long x, float shift, int n) {
        FloatVector m = splat(shift);
        FloatVector sum = splat(0);
        FloatVector other = sum;
        int whole = Lanes.whole(n);
        for (int i = 0; i < whole; i += COUNT) {
            FloatVector next =
                    sum.add(VectorFunctions.expOfNegative(load(x + 4L * i).sub(m)));
            sum = other;
            other = next;
        }
        float total = Lanes.sum(sum.add(other));
        for (int i = whole; i < n; i++) {
            total += ScalarFunctions.exp(RawMemory.f32(x + 4L * i) - shift);
        }
        return total;
    }

    /// `y = exp(x − shift)` for x not above the shift; yields the sum.
    static float expOfRow(long x, float shift, long y, int n) {
        FloatVector m = splat(shift);
        FloatVector sum = splat(0);
        FloatVector other = sum;
        int whole = Lanes.whole(n);
        for (int i = 0; i < whole; i += COUNT) {
            FloatVector e = VectorFunctions.expOfNegative(load(x + 4L * i).sub(m));
            store(e, y + 4L * i);
            FloatVector next = sum.add(e);
            sum = other;
            other = next;
        }
        float total = Lanes.sum(sum.add(other));
        for (int i = whole; i < n; i++) {
            float e = ScalarFunctions.exp(RawMemory.f32(x + 4L * i) - shift);
            RawMemory.f32(y + 4L * i, e);
            total += e;
        }
        return total;
    }
}
