package org.rduzoo.runners.image;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import org.rduzoo.checkpoint.file.WholeFile;
import org.rduzoo.samba.UserError;

/// PNG, JPEG and TIFF files.
final class PictureFile {

    /// The most places that are held in memory.
    static final long MOST_PLACES = 1L << 28;

    /// The most places that a byte of a file can stand for: more is a lie.
    private static final long PLACES_PER_BYTE = 20_000;

    private static final int MOST_PAGES = 4096;

    private PictureFile() {}

    /// The images of a file, one unless it is a TIFF, all of a size.
    record Pages(Path file, List<BufferedImage> images) {

        /// One image of these, or a volume whose slices they are.
        Picture picture(int dimensions) {
            int width = images.getFirst().getWidth();
            int height = images.getFirst().getHeight();
            float[][] planes = new float[3][];
            boolean colours = images.stream().anyMatch(i -> !isGrey(i));
            for (int c = 0; c < (colours ? 3 : 1); c++) {
                planes[c] = new float[width * height * images.size()];
            }
            for (int i = 0; i < images.size(); i++) {
                copy(images.get(i), planes, i * width * height, colours);
            }
            List<Integer> sides = dimensions == 2 ? List.of(height, width) : List.of(images.size(), height, width);
            return new Picture(sides, colours ? planes : new float[][] {planes[0]});
        }
    }

    /// @param dimensions 2 for a file with one image, 3 for one with slices
    static Pages read(Path file, int dimensions) {
        if (!Files.isRegularFile(file)) {
            throw new UserError(
                    "%s does not exist. An image is a PNG, JPEG or TIFF file, a volume NIfTI or TIFF.".formatted(file));
        }
        try (ImageInputStream stream = ImageIO.createImageInputStream(file.toFile())) {
            Iterator<ImageReader> readers = ImageIO.getImageReaders(stream);
            if (!readers.hasNext()) {
                throw new UserError(
                        "%s is no image that can be read. Expected a PNG, JPEG or TIFF file.".formatted(file));
            }
            ImageReader reader = readers.next();
            try {
                reader.setInput(stream, false, true);
                return new Pages(file, images(file, reader, dimensions));
            } finally {
                reader.dispose();
            }
        } catch (IOException | RuntimeException e) {
            if (e instanceof UserError known) {
                throw known;
            }
            throw new UserError("%s cannot be read as an image: %s. Is it whole?".formatted(file, reason(e)), e);
        }
    }

    private static String reason(Exception e) {
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }

    private static List<BufferedImage> images(Path file, ImageReader reader, int dimensions) throws IOException {
        List<BufferedImage> images = new ArrayList<>();
        long places = 0;
        while (images.isEmpty() || hasPage(reader, images.size())) {
            int page = images.size();
            if (page == 1 && dimensions == 2) {
                throw new UserError(("%s has several pages, but this model takes images. Give one page, or slices of a"
                                + " volume to a model with --dim 3.")
                        .formatted(file));
            }
            long width = reader.getWidth(page);
            long height = reader.getHeight(page);
            places += width * height;
            if (page == MOST_PAGES || places > MOST_PLACES || width * height / PLACES_PER_BYTE > Files.size(file)) {
                throw new UserError("%s says that page %d is %d x %d, too much for %s."
                        .formatted(
                                file,
                                page + 1,
                                width,
                                height,
                                places > MOST_PLACES || page == MOST_PAGES
                                        ? "an image here: at most %d places on %d pages"
                                                .formatted(MOST_PLACES, MOST_PAGES)
                                        : "a file of %d bytes. Is it whole?".formatted(Files.size(file))));
            }
            images.add(reader.read(page));
            BufferedImage first = images.getFirst();
            if (first.getWidth() != width || first.getHeight() != height) {
                throw new UserError("%s has pages of %d x %d and of %d x %d. Slices of a volume are of one size."
                        .formatted(file, first.getWidth(), first.getHeight(), width, height));
            }
        }
        return images;
    }

    private static boolean hasPage(ImageReader reader, int page) throws IOException {
        try {
            return reader.getWidth(page) > 0;
        } catch (IndexOutOfBoundsException _) {
            return false;
        }
    }

    /// Whether its numbers are shades of grey as they are stored.
    static boolean isGrey(BufferedImage image) {
        return isPlain(image.getColorModel()) && image.getColorModel().getNumColorComponents() == 1;
    }

    /// Whether its numbers are those of its colours: no palette, no colours other than grey or red, green and blue.
    private static boolean isPlain(ColorModel model) {
        int space = model.getColorSpace().getType();
        int transfer = model.getTransferType();
        boolean numbers = transfer == DataBuffer.TYPE_BYTE
                || transfer == DataBuffer.TYPE_USHORT
                || transfer == DataBuffer.TYPE_FLOAT
                || (transfer == DataBuffer.TYPE_INT && model.getComponentSize(0) == 8);
        return !(model instanceof IndexColorModel)
                && numbers
                && (space == ColorSpace.TYPE_GRAY || space == ColorSpace.TYPE_RGB);
    }

    /// The greatest number that a component can be, which stands for 1.
    static float greatest(BufferedImage image) {
        ColorModel model = image.getColorModel();
        return model.getTransferType() == DataBuffer.TYPE_FLOAT ? 1 : (1 << model.getComponentSize(0)) - 1;
    }

    /// Puts an image's numbers, from 0 to 1, at `first` of each plane.
    private static void copy(BufferedImage image, float[][] planes, int first, boolean colours) {
        int width = image.getWidth();
        boolean plain = isPlain(image.getColorModel());
        int bands = image.getRaster().getNumBands();
        float greatest = plain ? greatest(image) : 255;
        float[] row = new float[width * bands];
        for (int y = 0; y < image.getHeight(); y++) {
            int at = first + y * width;
            if (plain) {
                image.getRaster().getPixels(0, y, width, 1, row);
            }
            for (int x = 0; x < width; x++) {
                // The colour model would bend the numbers of a grey image, and cut those of 16 bits.
                int rgb = plain ? 0 : image.getRGB(x, y);
                for (int c = 0; c < (colours ? 3 : 1); c++) {
                    float number = plain ? row[x * bands + (isGrey(image) ? 0 : c)] : rgb >> (16 - 8 * c) & 255;
                    planes[c][at + x] = number / greatest;
                }
            }
        }
    }

    static void write(BufferedImage image, Path file, boolean force) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            ImageIO.write(image, "png", bytes);
        } catch (IOException e) {
            throw new UserError("%s cannot be written: %s".formatted(file, e.getMessage()), e);
        }
        WholeFile.write(file, force, bytes.toByteArray());
    }
}
