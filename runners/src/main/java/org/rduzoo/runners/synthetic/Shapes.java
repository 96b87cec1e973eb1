package org.rduzoo.runners.synthetic;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import javax.imageio.ImageIO;

/// Filled discs, rectangles and triangles, lighter or darker than what is around them, over shading and noise, among
/// rings, lines and specks that do not count; with the mask of what counts.
///
/// @param image shades of grey, row by row
/// @param mask whether each place is in a shape
record Shapes(byte[] image, boolean[] mask) {

    /// Places along each side.
    static final int SIDE = 64;

    private static final double NOISE = 0.04;

    /// A part of the plane.
    @FunctionalInterface
    private interface Region {
        boolean has(double x, double y);
    }

    static Shapes draw(Random random) {
        double[] shade = shading(random);
        boolean[] mask = new boolean[SIDE * SIDE];
        int distractors = 3 + random.nextInt(4);
        for (int i = 0; i < distractors; i++) {
            paint(shade, distractor(random), contrast(random), new boolean[SIDE * SIDE]);
        }
        int shapes = 1 + random.nextInt(3);
        for (int i = 0; i < shapes; i++) {
            paint(shade, shape(random), contrast(random), mask);
        }
        byte[] image = new byte[SIDE * SIDE];
        for (int i = 0; i < image.length; i++) {
            double noisy = shade[i] + NOISE * random.nextGaussian();
            image[i] = (byte) Math.round(255 * Math.clamp(noisy, 0.0, 1.0));
        }
        return new Shapes(image, mask);
    }

    static Split<Shapes> draw(int count, int heldOut, long seed) {
        Random random = new Random(seed);
        List<Shapes> all = Stream.generate(() -> draw(random))
                .limit((long) count + heldOut)
                .toList();
        return new Split<>(all.subList(0, count), all.subList(count, all.size()));
    }

    /// A slope and a broad bump.
    private static double[] shading(Random random) {
        double across = random.nextDouble() - 0.5;
        double down = random.nextDouble() - 0.5;
        double bump = 0.5 * (random.nextDouble() - 0.5);
        double cx = random.nextDouble();
        double cy = random.nextDouble();
        double[] shade = new double[SIDE * SIDE];
        for (int i = 0; i < shade.length; i++) {
            double x = (i % SIDE + 0.5) / SIDE;
            double y = (Math.floorDiv(i, SIDE) + 0.5) / SIDE;
            double far = (x - cx) * (x - cx) + (y - cy) * (y - cy);
            shade[i] = 0.5 + 0.6 * (across * (x - 0.5) + down * (y - 0.5)) + bump / (1 + 8 * far);
        }
        return shade;
    }

    /// How much lighter or darker a thing is than what is around it.
    private static double contrast(Random random) {
        double much = 0.15 + 0.15 * random.nextDouble();
        return random.nextBoolean() ? much : -much;
    }

    private static void paint(double[] shade, Region region, double contrast, boolean[] mask) {
        for (int i = 0; i < shade.length; i++) {
            if (!mask[i] && region.has(i % SIDE + 0.5, Math.floorDiv(i, SIDE) + 0.5)) {
                shade[i] += contrast;
                mask[i] = true;
            }
        }
    }

    private static Region shape(Random random) {
        double cx = 10 + (SIDE - 20) * random.nextDouble();
        double cy = 10 + (SIDE - 20) * random.nextDouble();
        double size = 6 + 7 * random.nextDouble();
        double angle = 2 * Math.PI * random.nextDouble();
        int kind = random.nextInt(3);
        if (kind == 0) {
            return (x, y) -> within(x - cx, y - cy, size);
        }
        double narrow = 0.6 + 0.4 * random.nextDouble();
        double cos = StrictMath.cos(angle);
        double sin = StrictMath.sin(angle);
        if (kind == 1) {
            return (x, y) -> Math.abs(cos * (x - cx) + sin * (y - cy)) < size
                    && Math.abs(cos * (y - cy) - sin * (x - cx)) < size * narrow;
        }
        return (x, y) -> {
            double along = cos * (x - cx) + sin * (y - cy);
            double beside = Math.abs(cos * (y - cy) - sin * (x - cx));
            return along > -0.7 * size && beside < narrow * (size - along) / 1.4;
        };
    }

    private static Region distractor(Random random) {
        double cx = SIDE * random.nextDouble();
        double cy = SIDE * random.nextDouble();
        double thick = 0.8 + 0.7 * random.nextDouble();
        int kind = random.nextInt(3);
        if (kind == 0) {
            return (x, y) -> within(x - cx, y - cy, thick + 1);
        }
        if (kind == 1) {
            double radius = 5 + 8 * random.nextDouble();
            return (x, y) -> within(x - cx, y - cy, radius) && !within(x - cx, y - cy, radius - 2 * thick);
        }
        double angle = Math.PI * random.nextDouble();
        double cos = StrictMath.cos(angle);
        double sin = StrictMath.sin(angle);
        return (x, y) -> Math.abs(cos * (y - cy) - sin * (x - cx)) < thick;
    }

    private static boolean within(double x, double y, double radius) {
        return x * x + y * y < radius * radius;
    }

    byte[] imagePng() {
        return png(image);
    }

    /// White where the mask is, black elsewhere.
    byte[] maskPng() {
        byte[] shades = new byte[mask.length];
        for (int i = 0; i < mask.length; i++) {
            shades[i] = (byte) (mask[i] ? 255 : 0);
        }
        return png(shades);
    }

    private static byte[] png(byte[] shades) {
        BufferedImage image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_BYTE_GRAY);
        image.getRaster().setDataElements(0, 0, SIDE, SIDE, shades);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            ImageIO.write(image, "png", bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /// The Dice of the best threshold: of all shades over one, or of all under one, as the mask of every image.
    static double bestThreshold(List<Shapes> images) {
        long[] inside = new long[256];
        long[] all = new long[256];
        for (Shapes shapes : images) {
            for (int i = 0; i < shapes.image.length; i++) {
                int shade = Byte.toUnsignedInt(shapes.image[i]);
                all[shade]++;
                inside[shade] += shapes.mask[i] ? 1 : 0;
            }
        }
        long wanted = sum(inside, 0, 256);
        List<Double> dices = new ArrayList<>();
        for (int threshold = 0; threshold <= 256; threshold++) {
            dices.add(2.0 * sum(inside, threshold, 256) / (sum(all, threshold, 256) + wanted));
            dices.add(2.0 * sum(inside, 0, threshold) / (sum(all, 0, threshold) + wanted));
        }
        return dices.stream().mapToDouble(d -> d).max().orElse(0);
    }

    private static long sum(long[] counts, int from, int to) {
        long sum = 0;
        for (int i = from; i < to; i++) {
            sum += counts[i];
        }
        return sum;
    }
}
