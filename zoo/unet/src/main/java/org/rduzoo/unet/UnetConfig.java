package org.rduzoo.unet;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.rduzoo.samba.Config;
import org.rduzoo.samba.UserError;

/// What `config.json` says of a U-Net; each field is the key of its name.
///
/// @param dim 2 for images, 3 for volumes
/// @param initFeatures channels at the finest scale; each coarser one has twice as many
/// @param depth how often the sides are halved
/// @param bias whether the convolutions of a block have one
/// @param skipFirst whether a decoder reads what was skipped before what comes up, instead of after it
public record UnetConfig(
        int dim,
        int inChannels,
        int numClasses,
        int initFeatures,
        int depth,
        Norm norm,
        boolean bias,
        boolean skipFirst,
        Loss loss) {

    /// What follows each convolution of a block.
    public enum Norm {
        BATCH,
        /// Over the channels of each place.
        LAYER,
        /// Over groups of [#GROUP_CHANNELS] channels, or fewer.
        GROUP,
        NONE;

        static final int GROUP_CHANNELS = 8;
    }

    /// What the scores are trained to.
    public enum Loss {
        CROSS_ENTROPY,
        DICE,
        BCE
    }

    /// @throws UserError when a key is missing, wrong, or asks for what is not supported
    public static UnetConfig of(Config c) {
        c.requireOnly("model_type", "unet");
        Norm norm = one(Norm.class, "norm", c.text("norm", "batch"));
        int classes = c.positive("num_classes");
        UnetConfig config = new UnetConfig(
                c.integer("dim", 2),
                c.positive("in_channels"),
                classes,
                c.positive("init_features"),
                c.integer("depth", 4),
                norm,
                c.bool("bias", false),
                c.bool("skip_first", false),
                one(Loss.class, "loss", c.text("loss", classes == 1 ? "bce" : "cross_entropy")));
        c.requireAllKnown();
        if (config.dim != 2 && config.dim != 3) {
            throw new UserError(
                    "config.json: dim is %d, which is not supported; only 2 and 3 are.".formatted(config.dim));
        }
        if (config.depth < 1 || config.depth > 8) {
            throw new UserError("config.json: depth is %d; expected 1 to 8.".formatted(config.depth));
        }
        return config;
    }

    private static <E extends Enum<E>> E one(Class<E> type, String key, String name) {
        List<E> all = Arrays.asList(type.getEnumConstants());
        return all.stream()
                .filter(e -> e.name().toLowerCase(Locale.ROOT).equals(name))
                .findFirst()
                .orElseThrow(() -> new UserError("config.json: %s is \"%s\", which is not supported. Supported: %s."
                        .formatted(
                                key,
                                name,
                                all.stream()
                                        .map(e -> e.name().toLowerCase(Locale.ROOT))
                                        .collect(Collectors.joining(", ")))));
    }

    /// Channels at a scale, 0 being the finest.
    int features(int scale) {
        return initFeatures << scale;
    }

    /// What each side must be a multiple of.
    int grain() {
        return 1 << depth;
    }

    /// The same number for each dimension.
    List<Integer> each(int number) {
        return Collections.nCopies(dim, number);
    }
}
