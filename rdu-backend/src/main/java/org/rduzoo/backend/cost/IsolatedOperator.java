package org.rduzoo.backend.cost;

import java.util.function.ToDoubleFunction;
import org.rduzoo.backend.arch.Arch;
import org.rduzoo.backend.arch.Quantity;
import org.rduzoo.ir.DType;

/// An operator that runs by itself, its operands in memory, as a compiler maps it that nobody helps: a law fitted to
/// measurements of such operators on SN10, and no model of how they run. Neighbouring sizes differ by more than the law
/// does from any of them. The model of sections ([CostModel]) uses none of it.
///
/// @param bytes of all operands and the result
/// @param flops a multiply-add counted as two
/// @param product whether it multiplies matrices
public record IsolatedOperator(double bytes, double flops, DType dtype, boolean product) {

    /// What it takes.
    ///
    /// @param lowSeconds the least that the ranges of the chip's numbers allow
    /// @param highSeconds the most
    public record Time(double seconds, double lowSeconds, double highSeconds, Bound bound) {}

    /// `[m, k] × [k, n]`
    public static IsolatedOperator gemm(double m, double n, double k, DType dtype) {
        return new IsolatedOperator(dtype.bytes() * (m * k + k * n + m * n), 2 * m * n * k, dtype, true);
    }

    /// A function of each element of one operand.
    public static IsolatedOperator elementwise(double elements, DType dtype) {
        return new IsolatedOperator(2.0 * dtype.bytes() * elements, elements, dtype, false);
    }

    /// A convolution of images.
    ///
    /// @param out height and width of the result
    public static IsolatedOperator conv2d(
            double batch, double inChannels, double outChannels, double in, double out, double taps, DType dtype) {
        double weights = inChannels * outChannels * taps;
        double bytes = dtype.bytes() * (batch * (inChannels * in + outChannels * out) + weights);
        return new IsolatedOperator(bytes, 2 * batch * out * weights, dtype, true);
    }

    /// What it takes on a chip.
    public Time on(Arch arch) {
        double seconds = seconds(arch, Quantity::value);
        double memory = memory(arch, Quantity::value);
        double compute = compute(arch, Quantity::value);
        Bound bound = Math.max(memory, compute) < arch.operators().floor().value()
                ? Bound.START
                : compute > memory ? Bound.PIPELINE : arch.memories().size() > 1 ? Bound.HBM : Bound.DDR;
        // Seconds fall when a share rises: its high end is the fast one.
        Quantity floor = arch.operators().floor();
        double low = seconds(arch, q -> q.equals(floor) ? q.low() : q.high());
        double high = seconds(arch, q -> q.equals(floor) ? q.high() : q.low());
        return new Time(seconds, Math.min(low, seconds), Math.max(high, seconds), bound);
    }

    private double seconds(Arch arch, ToDoubleFunction<Quantity> value) {
        return value.applyAsDouble(arch.operators().floor()) + Math.max(memory(arch, value), compute(arch, value));
    }

    /// Products move all bytes at the pace of few; other operators speed up with more.
    private double memory(Arch arch, ToDoubleFunction<Quantity> value) {
        Arch.Operators o = arch.operators();
        double bandwidth = arch.mainMemory().stream().value();
        double slow = 1 / (bandwidth * value.applyAsDouble(o.stream()));
        if (product) {
            return bytes * slow;
        }
        double fast = Math.min(slow, 1 / (bandwidth * value.applyAsDouble(o.largeStream())));
        double ramp = o.ramp().value();
        return bytes * fast + (slow - fast) * ramp * -Math.expm1(-bytes / ramp);
    }

    private double compute(Arch arch, ToDoubleFunction<Quantity> value) {
        return product
                ? flops
                        / (arch.peak(dtype, arch.tiles())
                                * value.applyAsDouble(arch.operators().rate()))
                : 0;
    }
}
