package org.rduzoo.runners.image;

import java.io.IOException;
import java.lang.ref.SoftReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.rduzoo.samba.ImageForm;
import org.rduzoo.samba.UserError;

/// Images with their masks in a folder: `images/NAME.png` with `masks/NAME.png`; or, in the folder and those below it,
/// `NAME.tif` with `NAME_mask.tif` beside it. The ending is that of any image, and may differ within a pair.
public final class ImagePairs {

    private static final String MASK = "_mask";

    private final Path folder;
    private final ImageForm form;
    private final List<Path> images;
    private final List<Path> masks;

    /// What was read, as long as there is memory for it.
    private final Map<Integer, SoftReference<Pair>> read = new ConcurrentHashMap<>();

    private ImagePairs(Path folder, ImageForm form, List<Path> images, List<Path> masks) {
        this.folder = folder;
        this.form = form;
        this.images = images;
        this.masks = masks;
    }

    /// An image with its mask.
    public record Pair(Picture picture, Mask mask) {}

    /// Finds the pairs of a folder, in the order of their names.
    ///
    /// @throws UserError when there are none, or an image has no mask
    public static ImagePairs of(Path folder, ImageForm form) {
        boolean apart = Files.isDirectory(folder.resolve("images"));
        Map<String, Path> masks = new HashMap<>();
        List<Path> images = new ArrayList<>();
        if (apart) {
            images.addAll(files(folder.resolve("images"), 1));
            for (Path mask :
                    Files.isDirectory(folder.resolve("masks")) ? files(folder.resolve("masks"), 1) : List.<Path>of()) {
                masks.put(ImageFiles.stem(mask), mask);
            }
        } else {
            for (Path file : files(folder, Integer.MAX_VALUE)) {
                String stem = ImageFiles.stem(file);
                if (stem.endsWith(MASK)) {
                    String image = stem.substring(0, stem.length() - MASK.length());
                    masks.put(file.resolveSibling(image).toString(), file);
                } else {
                    images.add(file);
                }
            }
        }
        List<Path> found = new ArrayList<>();
        for (Path image : images) {
            String stem = ImageFiles.stem(image);
            Path mask = masks.get(apart ? stem : image.resolveSibling(stem).toString());
            if (mask == null) {
                throw new UserError("%s has no mask: expected %s.png, or with another ending."
                        .formatted(image, apart ? folder.resolve("masks").resolve(stem) : stem + MASK));
            }
            found.add(mask);
        }
        if (images.isEmpty()) {
            throw new UserError(
                    "%s holds no images. Expected images/NAME.png with masks/NAME.png, or NAME.png with NAME_mask.png. %s"
                            .formatted(folder, ImageFiles.KINDS));
        }
        return new ImagePairs(folder, form, images, found);
    }

    private static List<Path> files(Path folder, int depth) {
        if (!Files.isDirectory(folder)) {
            throw new UserError("%s is no folder. Images to learn from are in a folder.".formatted(folder));
        }
        try (Stream<Path> all = Files.walk(folder, depth)) {
            return all.filter(ImageFiles::isName)
                    .filter(Files::isRegularFile)
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UserError("%s cannot be listed: %s".formatted(folder, e.getMessage()), e);
        }
    }

    public int count() {
        return images.size();
    }

    /// @throws UserError when one cannot be read, or the mask is of another size
    public Pair read(int number) {
        SoftReference<Pair> known = read.get(number);
        Pair pair = known == null ? null : known.get();
        if (pair == null) {
            Picture picture = Picture.read(images.get(number), form);
            Path mask = masks.get(number);
            pair = new Pair(picture, Mask.read(mask, form).requireSizeOf(picture, mask));
            read.put(number, new SoftReference<>(pair));
        }
        return pair;
    }

    /// @throws UserError when an image is larger than what is learned from, so that a part of it would never be seen
    public void requireWithin(List<Integer> sides) {
        for (int i = 0; i < count(); i++) {
            List<Integer> found = read(i).picture().sides();
            for (int side = 0; side < sides.size(); side++) {
                if (found.get(side) > sides.get(side)) {
                    throw new UserError(
                            "%s has sides %s, but the model learns from %s. Add --augment crop, or give larger sides."
                                    .formatted(images.get(i), found, sides));
                }
            }
        }
    }

    @Override
    public String toString() {
        return "%d images of %s".formatted(count(), folder);
    }
}
