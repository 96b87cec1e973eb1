package org.rduzoo.backend.host.kernel;

import org.rduzoo.backend.host.machine.Kernel;
import org.rduzoo.ir.DType;

/// Cosine and sine of each position's angles, as [org.rduzoo.ir.Positional.RopeAngles] says: to the last bit of `f32`,
/// because a run computes them once for all layers.
public final class RopeAnglesKernel implements Kernel {

    private final int tokens;
    private final int pairs;
    private final long elements;
    private final Place start;
    private final Place frequencies;
    private final Place cos;
    private final Place sin;

    /// @param start `i64 [batch]`
    /// @param frequencies `f32 [pairs]`
    /// @param cos `f32 [batch, tokens, pairs]`, as `sin`
    public RopeAnglesKernel(int batch, int tokens, int pairs, Place start, Place frequencies, Place cos, Place sin) {
        if (frequencies.dtype() != DType.F32 || cos.dtype() != DType.F32 || sin.dtype() != DType.F32) {
            throw new IllegalArgumentException("angles are f32");
        }
        this.tokens = tokens;
        this.pairs = pairs;
        this.elements = (long) batch * tokens * pairs;
        this.start = start.require(batch);
        this.frequencies = frequencies.require(pairs);
        this.cos = cos.require(elements);
        this.sin = sin.require(elements);
    }

    @Override
    public void run(int part, int parts) {
        for (long i = elements * part / parts; i < elements * (part + 1) / parts; i++) {
            long row = i / pairs;
            long position = RawMemory.i64(start.address() + 8 * (row / tokens)) + row % tokens;
            float angle = (float) position * RawMemory.f32(frequencies.address() + 4 * (i % pairs));
            RawMemory.f32(cos.address() + 4 * i, (float) Math.cos(angle));
            RawMemory.f32(sin.address() + 4 * i, (float) Math.sin(angle));
        }
    }
}
