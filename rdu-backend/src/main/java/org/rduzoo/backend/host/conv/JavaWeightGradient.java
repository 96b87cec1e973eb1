package org.rduzoo.backend.host.conv;

import java.util.Arrays;
import java.util.List;
import org.rduzoo.backend.host.kernel.Place;
import org.rduzoo.backend.host.kernel.RawMemory;
import org.rduzoo.backend.host.machine.Kernel;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Window;

/// The gradient by a convolution's weight in plain Java, for any processor: the readable twin of the fast one.
///
/// Each part takes some pairs of a tap and a channel of the wide side, and goes through all positions. The inner loop
/// runs over the channels of the narrow side, so that the compiler can make vectors of it. Few positions are summed in
/// `f32`, and their sums in float64.
final class JavaWeightGradient {

    /// Positions that are summed in `f32`.
    private static final int RUN = 128;

    private static final Kernel NOTHING = (_, _) -> {};

    private final WeightGradientSpec g;
    private final int taps;
    private final int inputs;
    private final int outputsPerGroup;
    private final long widePlaces;
    private final int narrowPlaces;

    // `[tap][channel of the wide side's group][channel of the narrow side]`
    private final float[] sums;
    private final double[] totals;

    // By part.
    private final float[][] rows;
    private final int[][] positions;
    private final int[][] tapsAt;

    JavaWeightGradient(WeightGradientSpec g, int parts) {
        this.g = g;
        this.taps = Math.toIntExact(ConvolutionSpec.product(g.window().kernel()));
        this.inputs = g.wideChannels() / g.groups();
        this.outputsPerGroup = g.narrowChannels() / g.groups();
        this.widePlaces = ConvolutionSpec.product(g.widePlaces());
        this.narrowPlaces = Math.toIntExact(ConvolutionSpec.product(g.narrowPlaces()));
        this.sums = new float[Math.multiplyExact(taps * inputs, g.narrowChannels())];
        this.totals = new double[sums.length];
        this.rows = new float[parts][g.narrowChannels()];
        this.positions = new int[parts][g.narrowPlaces().size()];
        this.tapsAt = new int[parts][g.narrowPlaces().size()];
    }

    WeightGradient kernels() {
        return new WeightGradient(this::run, NOTHING, this::store);
    }

    private void run(int part, int parts) {
        int first = (int) ((long) taps * inputs * part / parts);
        int end = (int) ((long) taps * inputs * (part + 1) / parts);
        int channels = g.narrowChannels();
        Arrays.fill(totals, first * channels, end * channels, 0);
        long all = (long) g.batch() * narrowPlaces;
        for (long run = 0; run < all; run += RUN) {
            Arrays.fill(sums, first * channels, end * channels, 0);
            for (long p = run; p < Math.min(all, run + RUN); p++) {
                add(p, first, end, part);
            }
            for (int i = first * channels; i < end * channels; i++) {
                totals[i] += sums[i];
            }
        }
    }

    /// Adds what one position adds.
    private void add(long p, int first, int end, int part) {
        float[] row = rows[part];
        for (int m = 0; m < row.length; m++) {
            row[m] = load(g.narrow(), p * row.length + m);
        }
        int[] at = positions[part];
        int[] tap = tapsAt[part];
        unravel((int) (p % narrowPlaces), g.narrowPlaces(), at);
        for (int t = first / inputs; t * inputs < end; t++) {
            unravel(t, g.window().kernel(), tap);
            long place = meets(at, tap);
            if (place >= 0) {
                long pixel = (p / narrowPlaces * widePlaces + place) * g.wideChannels();
                for (int i = Math.max(first, t * inputs); i < Math.min(end, (t + 1) * inputs); i++) {
                    addProducts(pixel + i % inputs, row, i * row.length);
                }
            }
        }
    }

    private void addProducts(long channel, float[] row, int to) {
        for (int group = 0; group < g.groups(); group++) {
            float x = load(g.wide(), channel + (long) group * inputs);
            for (int m = group * outputsPerGroup; m < (group + 1) * outputsPerGroup; m++) {
                sums[to + m] += x * row[m];
            }
        }
    }

    /// The place of the wide side that a tap meets, or −1.
    private long meets(int[] at, int[] tap) {
        Window w = g.window();
        long place = 0;
        for (int d = 0; d < at.length; d++) {
            int i = at[d] * w.stride().get(d)
                    - w.padding().get(d)
                    + tap[d] * w.dilation().get(d);
            if (i < 0 || i >= g.widePlaces().get(d)) {
                return -1;
            }
            place = place * g.widePlaces().get(d) + i;
        }
        return place;
    }

    private void store(int part, int parts) {
        int channels = g.narrowChannels();
        for (int m = channels * part / parts; m < channels * (part + 1) / parts; m++) {
            for (int i = 0; i < inputs; i++) {
                for (int t = 0; t < taps; t++) {
                    long to = ((long) m * inputs + i) * taps + t;
                    RawMemory.f32(g.weight().address() + 4 * to, (float) totals[(t * inputs + i) * channels + m]);
                }
            }
        }
    }

    private static float load(Place place, long element) {
        return place.dtype() == DType.F32
                ? RawMemory.f32(place.address() + 4 * element)
                : RawMemory.bf16(place.address() + 2 * element);
    }

    private static void unravel(int index, List<Integer> sizes, int[] at) {
        int rest = index;
        for (int d = at.length - 1; d >= 0; d--) {
            at[d] = rest % sizes.get(d);
            rest /= sizes.get(d);
        }
    }
}
