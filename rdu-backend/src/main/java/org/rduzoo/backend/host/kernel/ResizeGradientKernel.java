package org.rduzoo.backend.host.kernel;

import org.rduzoo.backend.host.machine.Kernel;
import org.rduzoo.ir.Between;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Sampling.Resize;
import org.rduzoo.ir.Window;

/// The gradient of values between places: each new place's is shared out among its neighbours. A part takes some images
/// and runs of channels, so that nobody else adds where it adds.
public final class ResizeGradientKernel implements Kernel {

    private final Place gradient;
    private final Place result;
    private final int batch;
    private final int channels;
    private final int[] from;
    private final int[] to;
    private final long places;
    private final long positions;
    private final Between[][] between;

    /// @param resize the operation that this is the gradient of
    /// @param gradient `[N, size.., C]`, and `result` `[N, places.., C]`, of `f32`
    public ResizeGradientKernel(Resize resize, Place gradient, Place result) {
        this.batch = resize.x().type().dim(0);
        this.channels = resize.x().type().dim(1);
        this.from = Window.places(resize.x().shape()).stream()
                .mapToInt(Integer::intValue)
                .toArray();
        this.to = resize.size().stream().mapToInt(Integer::intValue).toArray();
        this.between = new Between[to.length][];
        long old = 1;
        long made = 1;
        for (int d = 0; d < to.length; d++) {
            between[d] = new Between[to[d]];
            for (int i = 0; i < to[d]; i++) {
                between[d][i] = resize.between(d, i);
            }
            old *= from[d];
            made *= to[d];
        }
        this.places = old;
        this.positions = made;
        if (gradient.dtype() != DType.F32 || result.dtype() != DType.F32) {
            throw new IllegalArgumentException(
                    "from " + gradient.dtype().text() + " to " + result.dtype().text());
        }
        this.gradient = gradient.require(batch * positions * channels);
        this.result = result.require(batch * places * channels);
    }

    @Override
    public void run(int part, int parts) {
        int runs = (channels + PoolGradient.GRAIN - 1) / PoolGradient.GRAIN;
        long units = (long) batch * runs;
        for (long u = units * part / parts; u < units * (part + 1) / parts; u++) {
            int channel = (int) (u % runs) * PoolGradient.GRAIN;
            image(u / runs, channel, Math.min(channels, channel + PoolGradient.GRAIN));
        }
    }

    private void image(long image, int channel, int end) {
        for (long p = image * places; p < (image + 1) * places; p++) {
            for (int c = channel; c < end; c++) {
                RawMemory.f32(result.address() + 4 * (p * channels + c), 0);
            }
        }
        for (long p = 0; p < positions; p++) {
            long source = gradient.address() + 4 * (image * positions + p) * channels;
            for (int corner = 0; corner < 1 << to.length; corner++) {
                share(image, p, corner, source, channel, end);
            }
        }
    }

    private void share(long image, long position, int corner, long source, int channel, int end) {
        long place = 0;
        long step = 1;
        long rest = position;
        double share = 1;
        for (int d = to.length - 1; d >= 0; d--) {
            Between b = between[d][(int) (rest % to[d])];
            rest /= to[d];
            boolean after = (corner >> d & 1) == 1;
            place += step * (after ? b.after() : b.before());
            step *= from[d];
            share *= after ? b.share() : 1 - b.share();
        }
        if (share == 0) {
            return;
        }
        float factor = (float) share;
        long target = result.address() + 4 * (image * places + place) * channels;
        for (int c = channel; c < end; c++) {
            RawMemory.f32(target + 4L * c, RawMemory.f32(target + 4L * c) + factor * RawMemory.f32(source + 4L * c));
        }
    }
}
