package org.rduzoo.backend.host.kernel;

import org.rduzoo.backend.host.machine.Kernel;

/// Kernels of training, over the loops of one way to run.
public final class TrainingKernels {

    /// Elements of an optimizer's step that a loop takes at once; parts begin at multiples of it.
    private static final int RUN = 4096;

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
            forEachRun(spec.elements(), part, parts, (first, n) -> math.adamW(spec, rates, first, n));
        };
    }

    public static Kernel sgd(SgdSpec spec, TrainingMath math) {
        return (part, parts) -> {
            SgdSpec.Rates rates = spec.rates();
            forEachRun(spec.elements(), part, parts, (first, n) -> math.sgd(spec, rates, first, n));
        };
    }

    private interface Run {
        void take(long first, int n);
    }

    private static void forEachRun(long elements, int part, int parts, Run run) {
        long runs = (elements + RUN - 1) / RUN;
        for (long i = runs * part / parts; i < runs * (part + 1) / parts; i++) {
            run.take(i * RUN, (int) Math.min(RUN, elements - i * RUN));
        }
    }
}
