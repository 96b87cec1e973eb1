package org.rduzoo.runners.image;

import java.awt.image.BufferedImage;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import org.rduzoo.samba.ImageForm;
import org.rduzoo.samba.UserError;

/// An image or a volume as numbers, a plane a channel.
///
/// @param sides slowest first: height and width, before them the depth of a volume
/// @param planes `[channel][place]`, places in the order of the sides
public record Picture(List<Integer> sides, float[][] planes) {

    /// Shares of red, green and blue in grey (ITU-R BT.601).
    private static final float[] GREY = {0.299f, 0.587f, 0.114f};

    /// Reads a picture as a model takes it. Images hold numbers from 0 to 1 (those of floats in TIFF as they are);
    /// grey and colours become each other. A volume is a NIfTI file, brought to mean 0 and deviation 1 in each channel,
    /// or the pages of a TIFF file.
    ///
    /// @throws UserError when it cannot be read, or is not what the model takes
    public static Picture read(Path file, ImageForm form) {
        if (Nifti.isName(file)) {
            return Nifti.read(file, form).picture().standardized();
        }
        PictureFile.Pages pages = PictureFile.read(file, form.dimensions());
        if (form.channels() != 1 && form.channels() != 3) {
            throw new UserError(
                    "this model takes %d channels, but %s has 1 (grey) or 3 (colours). Use --inputs, or NIfTI for volumes."
                            .formatted(form.channels(), file));
        }
        return pages.picture(form.dimensions()).withChannels(form.channels());
    }

    private Picture withChannels(int channels) {
        if (channels == planes.length) {
            return this;
        }
        if (channels == 3) {
            return new Picture(sides, new float[][] {planes[0], planes[0], planes[0]});
        }
        float[] grey = new float[places()];
        for (int i = 0; i < grey.length; i++) {
            grey[i] = GREY[0] * planes[0][i] + GREY[1] * planes[1][i] + GREY[2] * planes[2][i];
        }
        return new Picture(sides, new float[][] {grey});
    }

    /// Each channel less its mean, over its deviation.
    Picture standardized() {
        float[][] standard = new float[planes.length][];
        for (int c = 0; c < planes.length; c++) {
            double sum = 0;
            double squares = 0;
            for (float x : planes[c]) {
                sum += x;
                squares += (double) x * x;
            }
            double mean = sum / planes[c].length;
            double deviation = Math.sqrt(Math.max(0, squares / planes[c].length - mean * mean));
            standard[c] = new float[planes[c].length];
            for (int i = 0; i < planes[c].length; i++) {
                standard[c][i] = deviation == 0 ? 0 : (float) ((planes[c][i] - mean) / deviation);
            }
        }
        return new Picture(sides, standard);
    }

    static long places(List<Integer> sides) {
        return sides.stream().mapToLong(Integer::longValue).reduce(1, (a, b) -> a * b);
    }

    /// How many places it has.
    public int places() {
        return Math.toIntExact(places(sides));
    }

    /// Writes these places of all channels to `to`, from its element `first` on.
    public void copy(int[] places, MemorySegment to, long first) {
        long at = first;
        for (float[] plane : planes) {
            for (int place : places) {
                to.setAtIndex(ValueLayout.JAVA_FLOAT, at++, plane[place]);
            }
        }
    }

    /// This image with places of a class other than 0 tinted.
    public void writeOverlay(int[] classes, Path file, boolean force) {
        int width = sides.getLast();
        BufferedImage image = new BufferedImage(width, classes.length / width, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < classes.length; i++) {
            int red = shade(planes[0][i]);
            int green = shade(planes[planes.length / 2][i]);
            int blue = shade(planes[planes.length - 1][i]);
            if (classes[i] != 0) {
                red = (red + 255) / 2;
                green = (green + (classes[i] * 80 & 255)) / 2;
                blue /= 2;
            }
            image.setRGB(i % width, i / width, red << 16 | green << 8 | blue);
        }
        PictureFile.write(image, file, force);
    }

    private static int shade(float x) {
        return Math.clamp(Math.round(255 * x), 0, 255);
    }
}
