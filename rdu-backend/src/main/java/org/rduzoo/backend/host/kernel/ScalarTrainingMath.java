package org.rduzoo.backend.host.kernel;

import static org.rduzoo.backend.host.kernel.RawMemory.f32;

/// [TrainingMath] an element at a time.
public final class ScalarTrainingMath implements TrainingMath {

    @Override
    public void add(long y, long x, int n) {
        for (long i = 0; i < 4L * n; i += 4) {
            f32(y + i, f32(y + i) + f32(x + i));
        }
    }

    @Override
    public double sumOfSquares(long x, int n) {
        double sum = 0;
        for (long i = 0; i < 4L * n; i += 4) {
            double v = f32(x + i);
            sum += v * v;
        }
        return sum;
    }

    @Override
    public void layerNorm(
            long x, long weight, long gradient, double epsilon, long y, long byWeight, long byBias, int n) {
        double mean = 0;
        for (long i = 0; i < 4L * n; i += 4) {
            mean += f32(x + i);
        }
        mean /= n;
        double variance = 0;
        for (long i = 0; i < 4L * n; i += 4) {
            double d = f32(x + i) - mean;
            variance += d * d;
        }
        double scale = 1 / Math.sqrt(variance / n + epsilon);
        double shift = 0;
        double tilt = 0;
        for (long i = 0; i < 4L * n; i += 4) {
            double g = weighted(gradient, weight, i);
            shift += g;
            tilt += g * (f32(x + i) - mean) * scale;
        }
        for (long i = 0; i < 4L * n; i += 4) {
            float g = f32(gradient + i);
            double normal = (f32(x + i) - mean) * scale;
            double byNormal = weighted(gradient, weight, i);
            f32(byWeight + i, f32(byWeight + i) + (float) (g * normal));
            f32(byBias + i, f32(byBias + i) + g);
            f32(y + i, (float) (scale * (byNormal - shift / n - normal * tilt / n)));
        }
    }

    @Override
    public void rmsNorm(long x, long weight, long gradient, double epsilon, long y, long byWeight, int n) {
        double scale = 1 / Math.sqrt(sumOfSquares(x, n) / n + epsilon);
        double tilt = 0;
        for (long i = 0; i < 4L * n; i += 4) {
            tilt += weighted(gradient, weight, i) * f32(x + i) * scale;
        }
        for (long i = 0; i < 4L * n; i += 4) {
            float g = f32(gradient + i);
            double normal = f32(x + i) * scale;
            double byNormal = weighted(gradient, weight, i);
            f32(byWeight + i, f32(byWeight + i) + (float) (g * normal));
            f32(y + i, (float) (scale * (byNormal - normal * tilt / n)));
        }
    }

    private static double weighted(long gradient, long weight, long i) {
        return weight == 0 ? f32(gradient + i) : f32(gradient + i) * f32(weight + i);
    }

    @Override
    public void adamW(AdamWSpec spec, AdamWSpec.Rates rates, long p, long newP, long first, int n) {
        adamWFrom(spec, rates, p, newP, first, 0, n);
    }

    /// The elements from `from` to `n` of [#adamW].
    public static void adamWFrom(
            AdamWSpec spec, AdamWSpec.Rates rates, long p, long newP, long first, int from, int n) {
        for (long i = 4 * (first + from); i < 4 * (first + n); i += 4) {
            float g = rates.scale() * f32(spec.gradient().address() + i);
            float m = Math.fma(rates.beta1(), f32(spec.firstMoment().address() + i), rates.rest1() * g);
            float v = Math.fma(rates.beta2(), f32(spec.secondMoment().address() + i), rates.rest2() * g * g);
            float root = Math.fma((float) Math.sqrt(v), rates.rootScale(), rates.epsilon());
            f32(spec.newFirstMoment().address() + i, m);
            f32(spec.newSecondMoment().address() + i, v);
            f32(newP + i, rates.kept() * f32(p + i) - rates.stepSize() * m / root);
        }
    }

    @Override
    public void sgd(SgdSpec spec, SgdSpec.Rates rates, long p, long newP, long first, int n) {
        sgdFrom(spec, rates, p, newP, first, 0, n);
    }

    /// The elements from `from` to `n` of [#sgd].
    public static void sgdFrom(SgdSpec spec, SgdSpec.Rates rates, long p, long newP, long first, int from, int n) {
        long velocity = spec.velocityAddress();
        for (long i = 4 * (first + from); i < 4 * (first + n); i += 4) {
            float old = f32(p + i);
            float d = Math.fma(
                    rates.weightDecay(),
                    old,
                    rates.scale() * f32(spec.gradient().address() + i));
            if (velocity != 0) {
                float moved = Math.fma(rates.momentum(), f32(velocity + i), d);
                f32(spec.newVelocityAddress() + i, moved);
                d = spec.nesterov() ? Math.fma(rates.momentum(), moved, d) : moved;
            }
            f32(newP + i, old - rates.lr() * d);
        }
    }
}
