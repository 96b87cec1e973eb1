package org.rduzoo.runners.train;

import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Type;
import org.rduzoo.runners.image.Augmentation;
import org.rduzoo.runners.image.ImagePairs;
import org.rduzoo.samba.BatchSource;
import org.rduzoo.samba.ImageForm;
import org.rduzoo.samba.SambaTensor;

/// Images as a model learns from them: `image` and `target`, in each epoch another one of each if they are augmented.
/// What comes of an image is determined by the seed, the epoch and its number.
///
/// @param sides of what is learned from
/// @param target the type of the loss's target, as [org.rduzoo.samba.Segmenter] says
public record ImageSamples(
        ImagePairs pairs, ImageForm form, List<Integer> sides, DType target, Augmentation augmentation, long seed)
        implements BatchSource {

    @Override
    public int count() {
        return pairs.count();
    }

    @Override
    public List<SambaTensor> batch(int[] samples) {
        return batch(samples, 0);
    }

    @Override
    public List<SambaTensor> batch(int[] samples, long epoch) {
        SambaTensor images = tensor("image", DType.F32, samples.length, form.channels());
        SambaTensor targets = target == DType.I64
                ? tensor("target", target, samples.length)
                : tensor("target", target, samples.length, form.classes());
        for (int b = 0; b < samples.length; b++) {
            ImagePairs.Pair pair = pairs.read(samples[b]);
            int[] places = augmentation.places(pair.picture().sides(), sides, random(samples[b], epoch));
            pair.picture().copy(places, images.segment(), b * images.elements() / samples.length);
            pair.mask()
                    .copy(places, form.classes(), target, targets.segment(), b * targets.elements() / samples.length);
        }
        return List.of(images, targets);
    }

    private SplittableRandom random(int sample, long epoch) {
        return new SplittableRandom(
                new SplittableRandom(new SplittableRandom(seed).nextLong() + epoch).nextLong() + sample);
    }

    private SambaTensor tensor(String name, DType dtype, Integer... front) {
        int[] dims = Stream.concat(Stream.of(front), sides.stream())
                .mapToInt(Integer::intValue)
                .toArray();
        return SambaTensor.zeros(name, Type.of(dtype, dims));
    }
}
