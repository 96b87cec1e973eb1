package org.rduzoo.backend.host.kernel;

import java.util.Optional;
import org.rduzoo.backend.host.machine.Kernel;
import org.rduzoo.ir.DType;

/// The gradient of a pool. A part takes some images and runs of channels, so that nobody else adds where it adds.
public final class PoolGradient implements Kernel {

    /// Channels at a time.
    static final int GRAIN = 16;

    private final PoolSpec pool;
    private final Optional<Place> x;
    private final Place gradient;
    private final Place result;

    private PoolGradient(PoolSpec pool, Optional<Place> x, Place gradient, Place result) {
        this.pool = pool;
        long places = (long) pool.batch() * pool.channels() * product(pool.places());
        long positions = (long) pool.batch() * pool.channels() * product(pool.positions());
        this.x = x.map(p -> requireF32(p, places));
        this.gradient = requireF32(gradient, positions);
        this.result = requireF32(result, places);
    }

    /// @param x `[N, places.., C]`, as is `result`; `gradient` is `[N, positions.., C]`, all of `f32`
    public static Kernel max(PoolSpec pool, Place x, Place gradient, Place result, TileMath math, Scratch scratch) {
        PoolGradient general = general(pool, x, gradient, result);
        return TiledPoolGradient.isFor(pool)
                ? new TiledPoolGradient(pool, x, gradient, result, math, scratch)
                : general;
    }

    /// Of any windows.
    static PoolGradient general(PoolSpec pool, Place x, Place gradient, Place result) {
        return new PoolGradient(pool, Optional.of(x), gradient, result);
    }

    /// As [#max], for a mean.
    public static PoolGradient mean(PoolSpec pool, Place gradient, Place result) {
        return new PoolGradient(pool, Optional.empty(), gradient, result);
    }

    private static Place requireF32(Place place, long elements) {
        if (place.dtype() != DType.F32) {
            throw new IllegalArgumentException(
                    "a pool's gradient of " + place.dtype().text());
        }
        return place.require(elements);
    }

    private static long product(Iterable<Integer> sizes) {
        long product = 1;
        for (int s : sizes) {
            product *= s;
        }
        return product;
    }

    @Override
    public void run(int part, int parts) {
        int runs = (pool.channels() + GRAIN - 1) / GRAIN;
        long units = (long) pool.batch() * runs;
        for (long u = units * part / parts; u < units * (part + 1) / parts; u++) {
            int channel = (int) (u % runs) * GRAIN;
            image((int) (u / runs), channel, Math.min(pool.channels(), channel + GRAIN));
        }
    }

    private void image(int image, int channel, int end) {
        long places = product(pool.places());
        for (long p = image * places; p < (image + 1) * places; p++) {
            long to = result.address() + 4 * p * pool.channels();
            for (int c = channel; c < end; c++) {
                RawMemory.f32(to + 4L * c, 0);
            }
        }
        long from = gradient.address() + 4L * image * product(pool.positions()) * pool.channels();
        for (int d = 0; d < pool.positions().get(0); d++) {
            for (int h = 0; h < pool.positions().get(1); h++) {
                for (int w = 0; w < pool.positions().get(2); w++) {
                    position(image, d, h, w, from, channel, end);
                    from += 4L * pool.channels();
                }
            }
        }
    }

    private void position(int image, int d, int h, int w, long from, int channel, int end) {
        if (x.isPresent()) {
            for (int c = channel; c < end; c++) {
                long offset = greatest(x.get().address() + 4L * c, image, d, h, w) + 4L * c;
                long to = result.address() + offset;
                RawMemory.f32(to, RawMemory.f32(to) + RawMemory.f32(from + 4L * c));
            }
            return;
        }
        float share = 1f / (pool.counted(0, d) * pool.counted(1, h) * pool.counted(2, w));
        for (int i = pool.first(0, d); i < pool.last(0, d); i++) {
            for (int j = pool.first(1, h); j < pool.last(1, h); j++) {
                for (int k = pool.first(2, w); k < pool.last(2, w); k++) {
                    long to = result.address() + offset(image, i, j, k);
                    for (int c = channel; c < end; c++) {
                        float more = share * RawMemory.f32(from + 4L * c);
                        RawMemory.f32(to + 4L * c, RawMemory.f32(to + 4L * c) + more);
                    }
                }
            }
        }
    }

    /// Where the first of the greatest under the window lies, in bytes from the place that `first` is of.
    private long greatest(long first, int image, int d, int h, int w) {
        float greatest = Float.NEGATIVE_INFINITY;
        long at = -1;
        for (int i = pool.first(0, d); i < pool.last(0, d); i++) {
            for (int j = pool.first(1, h); j < pool.last(1, h); j++) {
                for (int k = pool.first(2, w); k < pool.last(2, w); k++) {
                    long offset = offset(image, i, j, k);
                    float value = RawMemory.f32(first + offset);
                    if (at < 0 || value > greatest) {
                        greatest = value;
                        at = offset;
                    }
                }
            }
        }
        return at;
    }

    /// Bytes from the first place of the first image.
    private long offset(int image, int i, int j, int k) {
        long depth = (long) image * pool.places().get(0) + i;
        long row = depth * pool.places().get(1) + j;
        return 4 * (row * pool.places().get(2) + k) * pool.channels();
    }
}
