package org.rduzoo.runners.image;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import org.rduzoo.ir.DType;
import org.rduzoo.samba.ImageForm;
import org.rduzoo.samba.UserError;

/// The class of each place of a picture.
///
/// @param sides slowest first
public record Mask(List<Integer> sides, int[] classes) {

    /// The most classes whose shades cannot be taken for classes.
    private static final int SHADED = 16;

    /// How many classes a mask tells apart; one score a place tells two.
    public static int classes(ImageForm form) {
        return Math.max(2, form.classes());
    }

    /// Reads a mask: numbers of classes, in grey, a palette or NIfTI; or shades as [#write] writes them. Of two
    /// classes, what is over half of white is class 1.
    ///
    /// @throws UserError when it cannot be read, or holds other numbers
    public static Mask read(Path file, ImageForm form) {
        if (Nifti.isName(file)) {
            Picture picture = Nifti.read(file, new ImageForm(form.dimensions(), 1, form.classes(), form.grain()))
                    .picture();
            return of(file, picture.sides(), picture.planes()[0], 255, classes(form));
        }
        PictureFile.Pages pages = PictureFile.read(file, form.dimensions());
        BufferedImage first = pages.images().getFirst();
        int places = first.getWidth() * first.getHeight();
        float[] numbers = new float[places * pages.images().size()];
        for (int i = 0; i < pages.images().size(); i++) {
            copy(file, pages.images().get(i), numbers, i * places);
        }
        float greatest = first.getColorModel() instanceof IndexColorModel palette
                ? palette.getMapSize() - 1
                : PictureFile.greatest(first);
        List<Integer> sides = form.dimensions() == 2
                ? List.of(first.getHeight(), first.getWidth())
                : List.of(pages.images().size(), first.getHeight(), first.getWidth());
        return of(file, sides, numbers, greatest, classes(form));
    }

    /// The numbers as they are stored, of the first of bands that are all the same.
    private static void copy(Path file, BufferedImage image, float[] to, int first) {
        int bands = image.getColorModel().getNumColorComponents();
        boolean coloured = !(image.getColorModel() instanceof IndexColorModel) && bands > 1;
        int all = image.getRaster().getNumBands();
        float[] pixels = image.getRaster().getPixels(0, 0, image.getWidth(), image.getHeight(), (float[]) null);
        for (int i = 0; i < pixels.length / all; i++) {
            to[first + i] = pixels[i * all];
            for (int b = 1; coloured && b < bands; b++) {
                if (pixels[i * all + b] != pixels[i * all]) {
                    throw new UserError(
                            "%s is coloured, but a mask is grey, has a palette, or is a NIfTI file.".formatted(file));
                }
            }
        }
    }

    private static Mask of(Path file, List<Integer> sides, float[] numbers, float greatest, int classes) {
        float top = 0;
        for (float number : numbers) {
            top = Math.max(top, number);
        }
        boolean shades = top >= classes;
        float step = shades ? (int) (greatest / (classes - 1)) : 1;
        int[] found = new int[numbers.length];
        for (int i = 0; i < numbers.length; i++) {
            float shade = numbers[i] / step;
            found[i] = shades && classes == 2 ? (numbers[i] > greatest / 2 ? 1 : 0) : (int) shade;
            boolean known = found[i] >= 0 && found[i] < classes && (found[i] == shade || (shades && classes == 2));
            if (!known || (shades && classes > SHADED)) {
                throw new UserError("%s holds %s at place %d, which is none of the classes 0 to %d%s."
                        .formatted(
                                file,
                                numbers[i],
                                i,
                                classes - 1,
                                classes > SHADED ? "" : ", nor a shade of theirs, a multiple of " + (int) step));
            }
        }
        return new Mask(sides, found);
    }

    /// @throws UserError when it is of another size than the picture that it is for
    public Mask requireSizeOf(Picture picture, Path file) {
        if (!sides.equals(picture.sides())) {
            throw new UserError("%s has sides %s, but its image has %s. A mask has a place for each of the image."
                    .formatted(file, sides, picture.sides()));
        }
        return this;
    }

    /// Writes these places to `to`, from its element `first` on, as a loss's target has them.
    ///
    /// @param target `i64` for the class, or `f32` for a plane a score that is 1 where the class is
    public void copy(int[] places, int scores, DType target, MemorySegment to, long first) {
        long at = first;
        for (int plane = 0; plane < (target == DType.I64 ? 1 : scores); plane++) {
            // One score a place is that of class 1.
            int wanted = scores == 1 ? 1 : plane;
            for (int place : places) {
                if (target == DType.I64) {
                    to.setAtIndex(ValueLayout.JAVA_LONG, at++, classes[place]);
                } else {
                    to.setAtIndex(ValueLayout.JAVA_FLOAT, at++, classes[place] == wanted ? 1 : 0);
                }
            }
        }
    }

    /// Writes the mask of an image as shades of grey, the last class white.
    public void write(int count, Path file, boolean force) {
        int width = sides.getLast();
        BufferedImage image = new BufferedImage(width, sides.getFirst(), BufferedImage.TYPE_BYTE_GRAY);
        int step = 255 / (count - 1);
        for (int i = 0; i < classes.length; i++) {
            image.getRaster().setSample(i % width, i / width, 0, classes[i] * step);
        }
        PictureFile.write(image, file, force);
    }
}
