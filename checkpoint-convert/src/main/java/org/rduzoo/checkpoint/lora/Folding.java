package org.rduzoo.checkpoint.lora;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.stream.IntStream;
import org.rduzoo.checkpoint.tensor.Elements;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Type;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.Weights.Weight;

/// A weight with what an adapter adds to it: `W + scale · B · A`, each element rounded once.
///
/// @param down `A [rank, in]`
/// @param up `B [out, rank]`
/// @param turned whether the weight lies `[in, out]`
record Folding(Weight weight, Weight down, Weight up, double scale, boolean turned) {

    /// The weight `[out, in]`, or `[in, out]` where only that fits or `fanInFanOut` says so.
    ///
    /// @throws UserError when the shapes do not belong together
    static Folding of(Weight weight, Weight down, Weight up, double scale, boolean fanInFanOut) {
        Type w = weight.type();
        boolean matrices = w.rank() == 2 && down.type().rank() == 2 && up.type().rank() == 2;
        boolean inner = matrices && down.type().dim(0) == up.type().dim(1);
        int in = inner ? down.type().dim(1) : 0;
        int out = inner ? up.type().dim(0) : 0;
        boolean straight = inner && w.dim(0) == out && w.dim(1) == in;
        boolean turned = inner && w.dim(0) == in && w.dim(1) == out;
        if (!straight && !turned) {
            throw new UserError("%s %s and %s %s (%s) do not fit %s %s (%s). Is the adapter for another checkpoint?"
                    .formatted(
                            down.name(),
                            down.type().shape(),
                            up.name(),
                            up.type().shape(),
                            down.source(),
                            weight.name(),
                            w.shape(),
                            weight.source()));
        }
        return new Folding(weight, down, up, scale, turned && (fanInFanOut || !straight));
    }

    /// The folded weight, computed when its elements are asked for.
    ///
    /// @param dtype F32, F16 or BF16
    Weight as(DType dtype) {
        return new Weight(weight.name(), weight.type().withDType(dtype), weight.source(), () -> folded(dtype));
    }

    private MemorySegment folded(DType dtype) {
        int rows = weight.type().dim(0);
        int columns = weight.type().dim(1);
        int rank = down.type().dim(0);
        double[] a = numbers(down);
        double[] b = numbers(up);
        MemorySegment stored = weight.segment();
        MemorySegment out = Arena.ofAuto().allocate((long) rows * columns * dtype.bytes(), 64);
        IntStream.range(0, rows).parallel().forEach(row -> {
            double[] sums = new double[columns];
            Elements.read(stored, weight.type().dtype(), (long) row * columns, columns, sums);
            for (int r = 0; r < rank; r++) {
                double factor = scale * (turned ? a[r * rows + row] : b[row * rank + r]);
                for (int column = 0; column < columns; column++) {
                    sums[column] += factor * (turned ? b[column * rank + r] : a[r * columns + column]);
                }
            }
            Elements.write(sums, columns, dtype, out, (long) row * columns);
        });
        return out.asReadOnly();
    }

    private static double[] numbers(Weight weight) {
        double[] numbers = new double[Math.toIntExact(weight.type().elements())];
        Elements.read(weight.segment(), weight.type().dtype(), 0, numbers.length, numbers);
        return numbers;
    }
}
