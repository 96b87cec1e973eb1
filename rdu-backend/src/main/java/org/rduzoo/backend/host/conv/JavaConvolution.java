package org.rduzoo.backend.host.conv;

import java.util.Arrays;
import java.util.List;
import org.rduzoo.backend.host.kernel.Place;
import org.rduzoo.backend.host.kernel.RawMemory;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Window;

/// A convolution in plain Java, for any processor: the readable twin of the fast ones.
///
/// For each place of the output, what its taps meet in the input is added to sums of all output channels at once. The
/// inner loop runs over channels that lie side by side, so that the compiler can make vectors of it.
final class JavaConvolution {

    private final ConvolutionSpec c;
    private final int taps;
    private final int inputsPerGroup;
    private final int outputsPerGroup;
    private final int inputPlaces;
    private final int outputPlaces;

    /// The weight as `[tap][input of the group][output]`.
    private final float[] weight;

    // By part.
    private final float[][] sums;
    private final int[][] places;
    private final int[][] tapsAt;

    JavaConvolution(ConvolutionSpec c, int parts) {
        this.c = c;
        this.taps = Math.toIntExact(ConvolutionSpec.product(c.window().kernel()));
        this.inputsPerGroup = c.inputs() / c.groups();
        this.outputsPerGroup = c.outputs() / c.groups();
        this.inputPlaces = Math.toIntExact(ConvolutionSpec.product(c.inputPlaces()));
        this.outputPlaces = Math.toIntExact(ConvolutionSpec.product(c.outputPlaces()));
        this.weight = new float[Math.multiplyExact(taps * inputsPerGroup, c.outputs())];
        this.sums = new float[parts][c.outputs()];
        this.places = new int[parts][c.outputPlaces().size()];
        this.tapsAt = new int[parts][c.outputPlaces().size()];
    }

    PackedConvolution kernels() {
        return new PackedConvolution(this::pack, this::run);
    }

    private void pack(int part, int parts) {
        for (int o = c.outputs() * part / parts; o < c.outputs() * (part + 1) / parts; o++) {
            for (int i = 0; i < inputsPerGroup; i++) {
                for (int t = 0; t < taps; t++) {
                    int input = o / outputsPerGroup * inputsPerGroup + i;
                    long at = c.transposed()
                            ? ((long) input * outputsPerGroup + o % outputsPerGroup) * taps + t
                            : ((long) o * inputsPerGroup + i) * taps + t;
                    weight[(t * inputsPerGroup + i) * c.outputs() + o] = load(c.weight(), at);
                }
            }
        }
    }

    private void run(int part, int parts) {
        float[] sum = sums[part];
        long all = (long) c.batch() * outputPlaces;
        int[] at = places[part];
        int[] tap = tapsAt[part];
        for (long p = all * part / parts; p < all * (part + 1) / parts; p++) {
            unravel((int) (p % outputPlaces), c.outputPlaces(), at);
            Arrays.fill(sum, 0);
            for (int t = 0; t < taps; t++) {
                unravel(t, c.window().kernel(), tap);
                int place = meets(at, tap);
                if (place >= 0) {
                    add(sum, t, (p / outputPlaces * inputPlaces + place) * c.inputs());
                }
            }
            store(sum, p * c.outputs());
        }
    }

    /// The place of the input that a tap meets, or −1.
    private int meets(int[] at, int[] tap) {
        Window w = c.window();
        int place = 0;
        for (int d = 0; d < at.length; d++) {
            int stride = w.stride().get(d);
            int reach = tap[d] * w.dilation().get(d);
            int i = c.transposed()
                    ? at[d] + w.padding().get(d) - reach
                    : at[d] * stride - w.padding().get(d) + reach;
            if (c.transposed()) {
                if (i < 0 || i % stride != 0) {
                    return -1;
                }
                i /= stride;
            }
            if (i < 0 || i >= c.inputPlaces().get(d)) {
                return -1;
            }
            place = place * c.inputPlaces().get(d) + i;
        }
        return place;
    }

    private void add(float[] sum, int tap, long first) {
        for (int g = 0; g < c.groups(); g++) {
            for (int i = 0; i < inputsPerGroup; i++) {
                float x = load(c.x(), first + (long) g * inputsPerGroup + i);
                int from = (tap * inputsPerGroup + i) * c.outputs();
                for (int o = g * outputsPerGroup; o < (g + 1) * outputsPerGroup; o++) {
                    sum[o] += x * weight[from + o];
                }
            }
        }
    }

    private void store(float[] sum, long first) {
        for (int o = 0; o < sum.length; o++) {
            float scaled =
                    c.scale().isEmpty() ? sum[o] : sum[o] * load(c.scale().get(), o);
            float shifted = c.bias().isEmpty() ? scaled : scaled + load(c.bias().get(), o);
            float y = c.activation().isEmpty()
                    ? shifted
                    : (float) c.activation().get().apply(shifted);
            if (c.y().dtype() == DType.F32) {
                RawMemory.f32(c.y().address() + 4 * (first + o), y);
            } else {
                RawMemory.bf16(c.y().address() + 2 * (first + o), y);
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
