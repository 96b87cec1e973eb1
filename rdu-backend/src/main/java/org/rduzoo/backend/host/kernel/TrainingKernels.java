package org.rduzoo.backend.host.kernel;

import java.util.Optional;
import org.rduzoo.backend.host.machine.Kernel;

/// Kernels of training, over the loops of one way to run.
public final class TrainingKernels {

    /// Elements of an optimizer's step that a loop takes at once; parts begin at multiples of it.
    private static final int RUN = 4096;

    /// What a step that rounds at random needs of its [Scratch].
    public static final long RUN_BYTES = 4L * RUN;

    private TrainingKernels() {}

    public static Kernel normGradient(NormGradientSpec spec, TileMath tiles, TrainingMath math, Scratch scratch) {
        return new NormGradient(spec, tiles, math, scratch);
    }

    public static Kernel embeddingGradient(
            long count,
            int rows,
            int columns,
            Place gradient,
            Place ids,
            Place table,
            long padding,
            TrainingMath math) {
        return new EmbeddingGradientKernel(count, rows, columns, gradient, ids, table, padding, math);
    }

    public static Kernel columnSums(
            long rows,
            int columns,
            Place from,
            long rowStride,
            Place to,
            TileMath tiles,
            TrainingMath math,
            Scratch scratch) {
        return new ColumnSums(rows, columns, from, rowStride, to, tiles, math, scratch);
    }

    public static Kernel adamW(AdamWSpec spec, TrainingMath math) {
        return (part, parts) -> {
            AdamWSpec.Rates rates = spec.rates();
            Places places = new Places(spec.parameter(), spec.newParameter(), spec.rounding());
            places.forEachRun(
                    spec.elements(), part, parts, (p, newP, first, n) -> math.adamW(spec, rates, p, newP, first, n));
        };
    }

    public static Kernel sgd(SgdSpec spec, TrainingMath math) {
        return (part, parts) -> {
            SgdSpec.Rates rates = spec.rates();
            Places places = new Places(spec.parameter(), spec.newParameter(), spec.rounding());
            places.forEachRun(
                    spec.elements(), part, parts, (p, newP, first, n) -> math.sgd(spec, rates, p, newP, first, n));
        };
    }

    private interface Run {
        void take(long p, long newP, long first, int n);
    }

    /// Where a parameter lies before and after a step.
    private record Places(Place from, Place to, Optional<RandomRounding> rounding) {

        void forEachRun(long elements, int part, int parts, Run run) {
            long runs = (elements + RUN - 1) / RUN;
            for (long i = runs * part / parts; i < runs * (part + 1) / parts; i++) {
                long first = i * RUN;
                int n = (int) Math.min(RUN, elements - first);
                if (rounding.isEmpty()) {
                    run.take(from.address(), to.address(), first, n);
                } else {
                    rounding.get().around(p -> run.take(p, p, first, n), part, from, to, first, n);
                }
            }
        }
    }
}
