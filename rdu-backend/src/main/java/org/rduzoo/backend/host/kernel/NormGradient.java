package org.rduzoo.backend.host.kernel;

import org.rduzoo.backend.host.machine.Kernel;
import org.rduzoo.ir.DType;

/// The gradients of a norm: by each row, and what each block of rows adds to those by weight and bias.
final class NormGradient implements Kernel {

    private final NormGradientSpec spec;
    private final TileMath tiles;
    private final TrainingMath math;
    private final Scratch scratch;

    NormGradient(NormGradientSpec spec, TileMath tiles, TrainingMath math, Scratch scratch) {
        this.spec = spec;
        this.tiles = tiles;
        this.math = math;
        this.scratch = scratch;
        scratch.require(4L * Tile.padded(spec.columns()));
    }

    @Override
    public void run(int part, int parts) {
        int blocks = NormGradientSpec.blocks(spec.rows());
        long pitch = 4L * spec.columns();
        long weight = spec.weight().map(Place::address).orElse(0L);
        for (int block = blocks * part / parts; block < blocks * (part + 1) / parts; block++) {
            long byWeight = spec.sums().address() + 2L * block * pitch;
            long byBias = byWeight + pitch;
            RawMemory.ALL.asSlice(byWeight, 2 * pitch).fill((byte) 0);
            long end = spec.rows() * (block + 1) / blocks;
            for (long row = spec.rows() * block / blocks; row < end; row++) {
                long x = x(row, scratch.at(part));
                long g = spec.gradient().address() + row * pitch;
                long y = spec.byX().address() + row * pitch;
                if (spec.centers()) {
                    math.layerNorm(x, weight, g, spec.epsilon(), y, byWeight, byBias, spec.columns());
                } else {
                    math.rmsNorm(x, weight, g, spec.epsilon(), y, byWeight, spec.columns());
                }
            }
        }
    }

    private long x(long row, long own) {
        long first = row * spec.columns();
        if (spec.x().dtype() == DType.F32) {
            return spec.x().address() + 4 * first;
        }
        tiles.widen(spec.x().address() + 2 * first, own, spec.columns());
        return own;
    }
}
