package org.rduzoo.backend.host.simd;

import static org.rduzoo.backend.host.kernel.RawMemory.f32;
import static org.rduzoo.backend.host.simd.Lanes.COUNT;
import static org.rduzoo.backend.host.simd.Lanes.load;
import static org.rduzoo.backend.host.simd.Lanes.splat;
import static org.rduzoo.backend.host.simd.Lanes.store;

import jdk.incubator.vector.FloatVector;
import org.rduzoo.backend.host.kernel.AdamWSpec;
import org.rduzoo.backend.host.kernel.ScalarTrainingMath;
import org.rduzoo.backend.host.kernel.SgdSpec;
import org.rduzoo.backend.host.kernel.TrainingMath;

/// [TrainingMath] by vectors; what is left of a row, and norms without a weight, an element at a time.
final class VectorTrainingMath implements TrainingMath {

    private final ScalarTrainingMath scalar = new ScalarTrainingMath();

    @Override
    public void add(long y, long x, int n) {
        Rows.add(y, x, n);
    }

    @Override
    public double sumOfSquares(long x, int n) {
        return Rows.sumOfSquares(x, 0, n);
    }

    @Override
    public void layerNorm(
            long x, long weight, long gradient, double epsilon, long y, long byWeight, long byBias, int n) {
        if (weight == 0) {
            scalar.layerNorm(x, weight, gradient, epsilon, y, byWeight, byBias, n);
            return;
        }
        float about = (float) (Rows.sum(x, n) / (double) n);
        double off = Rows.sumOfDeviations(x, about, n) / (double) n;
        double variance = Rows.sumOfSquares(x, about, n) / (double) n - off * off;
        float scale = (float) (1 / Math.sqrt(Math.max(variance, 0) + epsilon));
        // The normal is (x − about) · scale + start.
        float start = (float) (-off * scale);
        float shift = dot(gradient, weight, n) / n;
        float tilt = normalDot(x, about, scale, start, gradient, weight, n) / n;
        normGradient(x, about, scale, start, gradient, weight, shift, tilt, y, byWeight, n);
        Rows.add(byBias, gradient, n);
    }

    @Override
    public void rmsNorm(long x, long weight, long gradient, double epsilon, long y, long byWeight, int n) {
        if (weight == 0) {
            scalar.rmsNorm(x, weight, gradient, epsilon, y, byWeight, n);
            return;
        }
        float scale = (float) (1 / Math.sqrt(Rows.sumOfSquares(x, 0, n) / (double) n + epsilon));
        float tilt = normalDot(x, 0, scale, 0, gradient, weight, n) / n;
        normGradient(x, 0, scale, 0, gradient, weight, 0, tilt, y, byWeight, n);
    }

    /// Σ g · w
    private static float dot(long g, long w, int n) {
        FloatVector s0 = splat(0);
        FloatVector s1 = s0;
        int i = 0;
        for (; i <= n - 2 * COUNT; i += 2 * COUNT) {
            s0 = load(g + 4L * i).fma(load(w + 4L * i), s0);
            s1 = load(g + 4L * i + 4L * COUNT).fma(load(w + 4L * i + 4L * COUNT), s1);
        }
        for (; i <= n - COUNT; i += COUNT) {
            s0 = load(g + 4L * i).fma(load(w + 4L * i), s0);
        }
        float sum = Lanes.sum(s0.add(s1));
        for (; i < n; i++) {
            sum = Math.fma(f32(g + 4L * i), f32(w + 4L * i), sum);
        }
        return sum;
    }

    /// Σ g · w · ((x − about) · scale + start)
    private static float normalDot(long x, float about, float scale, float start, long g, long w, int n) {
        FloatVector m = splat(about);
        FloatVector f = splat(scale);
        FloatVector b = splat(start);
        FloatVector s0 = splat(0);
        int i = 0;
        for (; i <= n - COUNT; i += COUNT) {
            FloatVector normal = load(x + 4L * i).sub(m).fma(f, b);
            s0 = load(g + 4L * i).mul(load(w + 4L * i)).fma(normal, s0);
        }
        float sum = Lanes.sum(s0);
        for (; i < n; i++) {
            float normal = Math.fma(f32(x + 4L * i) - about, scale, start);
            sum = Math.fma(f32(g + 4L * i) * f32(w + 4L * i), normal, sum);
        }
        return sum;
    }

    /// With `normal = (x − about) · scale + start`: `y = scale · (g · w − shift − normal · tilt)`, and
    /// `byWeight += g · normal`.
    private static void normGradient(
            long x,
            float about,
            float scale,
            float start,
            long g,
            long w,
            float shift,
            float tilt,
            long y,
            long byWeight,
            int n) {
        FloatVector m = splat(about);
        FloatVector f = splat(scale);
        FloatVector b = splat(start);
        FloatVector less = splat(-shift);
        FloatVector turn = splat(-tilt);
        int i = 0;
        for (; i <= n - COUNT; i += COUNT) {
            long at = 4L * i;
            FloatVector normal = load(x + at).sub(m).fma(f, b);
            FloatVector gradient = load(g + at);
            store(gradient.fma(normal, load(byWeight + at)), byWeight + at);
            store(normal.fma(turn, gradient.fma(load(w + at), less)).mul(f), y + at);
        }
        for (; i < n; i++) {
            long at = 4L * i;
            float normal = Math.fma(f32(x + at) - about, scale, start);
            float gradient = f32(g + at);
            f32(byWeight + at, Math.fma(gradient, normal, f32(byWeight + at)));
            f32(y + at, scale * Math.fma(normal, -tilt, Math.fma(gradient, f32(w + at), -shift)));
        }
    }

    @Override
    public void adamW(AdamWSpec spec, AdamWSpec.Rates rates, long from, long to, long first, int n) {
        long p = from + 4 * first;
        long g = spec.gradient().address() + 4 * first;
        long m = spec.firstMoment().address() + 4 * first;
        long v = spec.secondMoment().address() + 4 * first;
        long newP = to + 4 * first;
        long newM = spec.newFirstMoment().address() + 4 * first;
        long newV = spec.newSecondMoment().address() + 4 * first;
        FloatVector scale = splat(rates.scale());
        FloatVector kept = splat(rates.kept());
        FloatVector beta1 = splat(rates.beta1());
        FloatVector rest1 = splat(rates.rest1());
        FloatVector beta2 = splat(rates.beta2());
        FloatVector rest2 = splat(rates.rest2());
        FloatVector stepSize = splat(rates.stepSize());
        FloatVector rootScale = splat(rates.rootScale());
        FloatVector epsilon = splat(rates.epsilon());
        int whole = Lanes.whole(n);
        for (long i = 0; i < 4L * whole; i += 4L * COUNT) {
            FloatVector gradient = load(g + i).mul(scale);
            FloatVector mean = load(m + i).fma(beta1, gradient.mul(rest1));
            FloatVector square = load(v + i).fma(beta2, gradient.mul(gradient).mul(rest2));
            FloatVector root = square.sqrt().fma(rootScale, epsilon);
            store(mean, newM + i);
            store(square, newV + i);
            store(load(p + i).mul(kept).sub(mean.mul(stepSize).div(root)), newP + i);
        }
        ScalarTrainingMath.adamWFrom(spec, rates, from, to, first, whole, n);
    }

    @Override
    public void sgd(SgdSpec spec, SgdSpec.Rates rates, long from, long to, long first, int n) {
        long p = from + 4 * first;
        long g = spec.gradient().address() + 4 * first;
        long newP = to + 4 * first;
        FloatVector scale = splat(rates.scale());
        FloatVector decay = splat(rates.weightDecay());
        FloatVector rate = splat(-rates.lr());
        int whole = Lanes.whole(n);
        if (spec.velocityAddress() == 0) {
            for (long i = 0; i < 4L * whole; i += 4L * COUNT) {
                FloatVector parameter = load(p + i);
                FloatVector d = parameter.fma(decay, load(g + i).mul(scale));
                store(d.fma(rate, parameter), newP + i);
            }
        } else {
            FloatVector momentum = splat(rates.momentum());
            FloatVector further = splat(spec.nesterov() ? rates.momentum() : 1);
            FloatVector own = splat(spec.nesterov() ? 1 : 0);
            long velocity = spec.velocityAddress() + 4 * first;
            long newVelocity = spec.newVelocityAddress() + 4 * first;
            for (long i = 0; i < 4L * whole; i += 4L * COUNT) {
                FloatVector parameter = load(p + i);
                FloatVector d = parameter.fma(decay, load(g + i).mul(scale));
                FloatVector moved = load(velocity + i).fma(momentum, d);
                store(moved, newVelocity + i);
                store(moved.fma(further, d.mul(own)).fma(rate, parameter), newP + i);
            }
        }
        ScalarTrainingMath.sgdFrom(spec, rates, from, to, first, whole, n);
    }
}
