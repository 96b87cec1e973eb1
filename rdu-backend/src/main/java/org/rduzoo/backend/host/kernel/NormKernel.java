package org.rduzoo.backend.host.kernel;

import java.util.List;
import org.rduzoo.backend.host.machine.Kernel;

/// The norm of many tensors as one: the squares of fixed runs of elements are summed by all parts, and those sums, in
/// order, by one. So the result does not depend on how many parts there are.
public final class NormKernel {

    /// Elements whose squares are summed to one number.
    private static final int RUN = 8192;

    private final List<Place> tensors;
    private final long[] elements;
    private final long[] runs;
    private final Place sums;

    /// @param tensors of `f32`, row-major
    /// @param elements how many each has
    /// @param sums of 8 bytes for each of [#runs], as `i64`
    public NormKernel(List<Place> tensors, List<Long> elements, Place sums) {
        this.tensors = List.copyOf(tensors);
        this.elements = elements.stream().mapToLong(Long::longValue).toArray();
        this.runs = elements.stream().mapToLong(NormKernel::runs).toArray();
        this.sums = sums.require(runs(elements));
        for (int i = 0; i < this.elements.length; i++) {
            tensors.get(i).require(this.elements[i]);
        }
    }

    /// How many sums tensors of so many elements have.
    public static long runs(List<Long> elements) {
        return elements.stream().mapToLong(NormKernel::runs).sum();
    }

    private static long runs(long elements) {
        return (elements + RUN - 1) / RUN;
    }

    public Kernel squares(TrainingMath math) {
        return (part, parts) -> {
            long before = 0;
            for (int t = 0; t < elements.length; t++) {
                for (long run = Math.floorMod(part - before, parts); run < runs[t]; run += parts) {
                    int n = (int) Math.min(RUN, elements[t] - run * RUN);
                    double sum = math.sumOfSquares(tensors.get(t).address() + 4 * run * RUN, n);
                    RawMemory.i64(sums.address() + 8 * (before + run), Double.doubleToRawLongBits(sum));
                }
                before += runs[t];
            }
        };
    }

    /// Joins the sums, and writes the root to `norm`.
    public Kernel root(Place norm) {
        long all = 0;
        for (long r : runs) {
            all += r;
        }
        long count = all;
        return (part, _) -> {
            if (part == 0) {
                double sum = 0;
                for (long i = 0; i < count; i++) {
                    sum += Double.longBitsToDouble(RawMemory.i64(sums.address() + 8 * i));
                }
                RawMemory.f32(norm.address(), (float) Math.sqrt(sum));
            }
        };
    }
}
