package org.rduzoo.runners;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.rduzoo.samba.UserError;

/// An image as numbers from 0 to 1, a plane a channel.
///
/// @param planes `[channel][row · width + column]`
record Picture(int width, int height, float[][] planes) {

    /// Shares of red, green and blue in grey (ITU-R BT.601).
    private static final float[] GREY = {0.299f, 0.587f, 0.114f};

    /// Reads PNG, JPEG or TIFF.
    ///
    /// @param channels 1 for grey, 3 for colours
    static Picture read(Path file, int channels) {
        BufferedImage image;
        try {
            if (!Files.isRegularFile(file)) {
                throw new UserError(
                        "%s does not exist. --input names an image, a PNG, JPEG or TIFF file.".formatted(file));
            }
            image = ImageIO.read(file.toFile());
        } catch (IOException | RuntimeException e) {
            if (e instanceof UserError known) {
                throw known;
            }
            throw new UserError("%s cannot be read as an image: %s".formatted(file, e.getMessage()), e);
        }
        if (image == null) {
            throw new UserError("%s is no image that can be read. Expected a PNG, JPEG or TIFF file.".formatted(file));
        }
        if (channels != 1 && channels != 3) {
            throw new UserError("This model takes %d channels, but an image has 1 (grey) or 3 (colours). Use --inputs."
                    .formatted(channels));
        }
        float[][] planes = new float[channels][image.getWidth() * image.getHeight()];
        boolean grey = image.getRaster().getNumBands() == 1
                && image.getColorModel().getPixelSize() <= 8
                && image.getType() == BufferedImage.TYPE_BYTE_GRAY;
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                int at = y * image.getWidth() + x;
                // A grey image's own numbers: the colour model would bend them.
                int rgb = grey ? 0x010101 * image.getRaster().getSample(x, y, 0) : image.getRGB(x, y);
                float[] colours = {(rgb >> 16 & 255) / 255f, (rgb >> 8 & 255) / 255f, (rgb & 255) / 255f};
                if (channels == 3) {
                    for (int c = 0; c < 3; c++) {
                        planes[c][at] = colours[c];
                    }
                } else {
                    planes[0][at] =
                            grey ? colours[0] : GREY[0] * colours[0] + GREY[1] * colours[1] + GREY[2] * colours[2];
                }
            }
        }
        return new Picture(image.getWidth(), image.getHeight(), planes);
    }

    /// The number at a place; the nearest one for a place outside.
    float at(int channel, int y, int x) {
        return planes[channel][Math.clamp(y, 0, height - 1) * width + Math.clamp(x, 0, width - 1)];
    }

    /// This image with places of a class other than 0 tinted.
    void writeOverlay(int[] classes, Path file, boolean force) {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < classes.length; i++) {
            int red = Math.round(255 * planes[0][i]);
            int green = Math.round(255 * planes[planes.length / 2][i]);
            int blue = Math.round(255 * planes[planes.length - 1][i]);
            if (classes[i] != 0) {
                red = (red + 255) / 2;
                green = (green + (classes[i] * 80 & 255)) / 2;
                blue /= 2;
            }
            image.setRGB(i % width, i / width, red << 16 | green << 8 | blue);
        }
        write(image, file, force);
    }

    /// Classes as shades of grey, the last one white.
    static void writeMask(int[] classes, int count, int width, Path file, boolean force) {
        BufferedImage image = new BufferedImage(width, classes.length / width, BufferedImage.TYPE_BYTE_GRAY);
        int step = 255 / Math.max(1, count - 1);
        for (int i = 0; i < classes.length; i++) {
            image.getRaster().setSample(i % width, i / width, 0, classes[i] * step);
        }
        write(image, file, force);
    }

    private static void write(BufferedImage image, Path file, boolean force) {
        if (Files.exists(file) && !force) {
            throw new UserError(
                    "%s exists. Choose another --output-folder, or replace it with --force.".formatted(file));
        }
        try {
            Path folder = file.toAbsolutePath().getParent();
            if (folder != null) {
                Files.createDirectories(folder);
            }
            ImageIO.write(image, "png", file.toFile());
        } catch (IOException e) {
            throw new UserError("%s cannot be written: %s".formatted(file, e.getMessage()), e);
        }
    }
}
