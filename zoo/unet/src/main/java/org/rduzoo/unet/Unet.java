package org.rduzoo.unet;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.UnaryFn;
import org.rduzoo.samba.Losses;
import org.rduzoo.samba.Params;
import org.rduzoo.samba.Segmenter;
import org.rduzoo.samba.Tensor;
import org.rduzoo.samba.nn.BatchNorm;
import org.rduzoo.samba.nn.Conv;
import org.rduzoo.samba.nn.ConvTranspose;
import org.rduzoo.samba.nn.GroupNorm;
import org.rduzoo.samba.nn.LayerNorm;
import org.rduzoo.samba.nn.MaxPool;

/// The U-Net of Ronneberger et al. 2015, in two or three dimensions: blocks of two convolutions go down in scale and up
/// again, and each block on the way up also reads what the block of its scale on the way down has seen.
///
/// The paths handed to [Params#at] are those of the public brain-segmentation checkpoint, so that it loads with no
/// mapping. Shapes: `N` images, `C` channels at the finest scale, `S..` sides.
record Unet(
        UnetConfig config,
        List<Block> encoders,
        Block bottleneck,
        List<ConvTranspose> upconvs,
        List<Block> decoders,
        Conv head)
        implements Segmenter {

    static Unet of(UnetConfig c, Params params) {
        List<Block> encoders = new ArrayList<>();
        List<ConvTranspose> upconvs = new ArrayList<>();
        List<Block> decoders = new ArrayList<>();
        for (int i = 0; i < c.depth(); i++) {
            int in = i == 0 ? c.inChannels() : c.features(i - 1);
            int n = i + 1;
            encoders.add(Block.of(c, params.at("encoder" + n), "enc" + n, in, c.features(i)));
            upconvs.add(ConvTranspose.of(params.at("upconv" + n), c.features(n), c.features(i), c.each(2)));
            decoders.add(Block.of(c, params.at("decoder" + n), "dec" + n, c.features(n), c.features(i)));
        }
        Block bottleneck =
                Block.of(c, params.at("bottleneck"), "bottleneck", c.features(c.depth() - 1), c.features(c.depth()));
        Conv head = Conv.of(params.at("conv"), c.features(0), c.numClasses(), c.each(1));
        return new Unet(c, encoders, bottleneck, upconvs, decoders, head);
    }

    @Override
    public Tensor logits(Tensor image) {
        MaxPool pool = new MaxPool(config.each(2));
        List<Tensor> skips = new ArrayList<>();
        Tensor x = image; // [N, in, S..]
        for (Block encoder : encoders) {
            skips.add(encoder.apply(x));
            x = pool.apply(skips.getLast()); // half the sides, twice the channels
        }
        x = bottleneck.apply(x);
        for (int i = config.depth() - 1; i >= 0; i--) {
            Tensor up = upconvs.get(i).apply(x);
            Tensor skip = skips.get(i);
            x = decoders.get(i).apply(config.skipFirst() ? skip.concat(1, up) : up.concat(1, skip));
        }
        return head.apply(x); // [N, classes, S..]
    }

    @Override
    public DType targetType() {
        return config.loss() == UnetConfig.Loss.CROSS_ENTROPY ? DType.I64 : DType.F32;
    }

    @Override
    public Tensor loss(Tensor logits, Tensor target) {
        return switch (config.loss()) {
            case CROSS_ENTROPY -> Losses.crossEntropyByPlace(logits, target);
            case DICE -> Losses.dice(logits, target);
            case BCE -> Losses.binaryCrossEntropy(logits, target);
        };
    }

    /// Twice: a convolution over three places each way, a norm, a ReLU.
    record Block(List<Conv> convs, List<UnaryOperator<Tensor>> norms) {

        static Block of(UnetConfig c, Params p, String prefix, int in, int out) {
            List<Conv> convs = new ArrayList<>();
            List<UnaryOperator<Tensor>> norms = new ArrayList<>();
            for (int n = 1; n <= 2; n++) {
                Params conv = p.at(prefix + "conv" + n);
                int from = n == 1 ? in : out;
                convs.add(
                        (c.bias() ? Conv.of(conv, from, out, c.each(3)) : Conv.withoutBias(conv, from, out, c.each(3)))
                                .same());
                norms.add(norm(c, p.at(prefix + "norm" + n), out));
            }
            return new Block(convs, norms);
        }

        private static UnaryOperator<Tensor> norm(UnetConfig c, Params p, int channels) {
            return switch (c.norm()) {
                case BATCH -> BatchNorm.of(p, channels)::apply;
                case LAYER -> overChannels(LayerNorm.of(p, channels, 1e-5));
                case GROUP -> GroupNorm.of(p, channels, Math.max(1, channels / UnetConfig.Norm.GROUP_CHANNELS))::apply;
                case NONE -> x -> x;
            };
        }

        private static UnaryOperator<Tensor> overChannels(LayerNorm norm) {
            return x -> {
                int last = x.rank() - 1;
                int[] channelsLast = IntStream.rangeClosed(0, last)
                        .map(i -> i == 0 ? 0 : i == last ? 1 : i + 1)
                        .toArray();
                int[] back = IntStream.rangeClosed(0, last)
                        .map(i -> i == 0 ? 0 : i == 1 ? last : i - 1)
                        .toArray();
                return norm.apply(x.transpose(channelsLast)).transpose(back);
            };
        }

        Tensor apply(Tensor x) {
            Tensor h = x;
            for (int i = 0; i < convs.size(); i++) {
                h = norms.get(i).apply(convs.get(i).apply(h)).apply(UnaryFn.RELU);
            }
            return h;
        }
    }
}
