package org.rduzoo.examples;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.rduzoo.samba.BatchSource;
import org.rduzoo.samba.SambaLoader;
import org.rduzoo.samba.SambaTensor;

/// Images of handwritten digits, drawn: strokes that are shifted, turned, slanted and scaled at random, of random
/// width, with noise over all. The same number gives the same image.
///
/// @param seed of all images
record Digits(int count, long seed) implements BatchSource {

    private static final int SIDE = 28;
    static final int PIXELS = SIDE * SIDE;

    private static final double NOISE = 0.15;

    /// The strokes of each digit in a square of side 1, y down.
    private static final double[][][][] STROKES = {
        {arc(0.5, 0.5, 0.24, 0.38, 0, 360)},
        {line(0.36, 0.28, 0.52, 0.12, 0.52, 0.88)},
        {arc(0.5, 0.33, 0.22, 0.2, 180, 390), line(0.69, 0.43, 0.28, 0.86, 0.74, 0.86)},
        {arc(0.47, 0.31, 0.22, 0.19, 200, 450), arc(0.47, 0.69, 0.25, 0.2, 270, 510)},
        {line(0.62, 0.88, 0.62, 0.12, 0.26, 0.62, 0.78, 0.62)},
        {line(0.72, 0.14, 0.36, 0.14, 0.33, 0.5), arc(0.48, 0.66, 0.23, 0.21, 220, 500)},
        {line(0.66, 0.13, 0.45, 0.28, 0.32, 0.48, 0.28, 0.66), arc(0.49, 0.67, 0.21, 0.2, 0, 360)},
        {line(0.26, 0.14, 0.74, 0.14, 0.42, 0.88)},
        {arc(0.5, 0.31, 0.19, 0.18, 0, 360), arc(0.5, 0.68, 0.23, 0.2, 0, 360)},
        {arc(0.5, 0.34, 0.21, 0.21, 0, 360), line(0.71, 0.34, 0.69, 0.6, 0.58, 0.88)}
    };

    /// Batches of `image`, `f32[B, 784]`, and `digit`, `i64[B]`, in an order of their own each epoch.
    static SambaLoader loader(int count, int batchSize, long seed) {
        return new SambaLoader(new Digits(count, seed), batchSize, SambaLoader.Order.SHUFFLED, seed);
    }

    @Override
    public List<SambaTensor> batch(int[] samples) {
        float[] images = new float[samples.length * PIXELS];
        long[] digits = new long[samples.length];
        for (int i = 0; i < samples.length; i++) {
            Random random = new Random((seed << 32) + samples[i] * 0x9E3779B97F4A7C15L);
            digits[i] = random.nextInt(10);
            draw((int) digits[i], random, images, i * PIXELS);
        }
        return List.of(
                SambaTensor.of("image", images, samples.length, PIXELS),
                SambaTensor.of("digit", digits, samples.length));
    }

    private static void draw(int digit, Random random, float[] images, int first) {
        double turn = 0.12 * random.nextGaussian();
        double slant = 0.15 * random.nextGaussian();
        double size = 21 + 2 * random.nextGaussian();
        double across = SIDE / 2.0 + 1.2 * random.nextGaussian();
        double down = SIDE / 2.0 + 1.2 * random.nextGaussian();
        double width = 0.9 + 0.5 * random.nextDouble();
        for (double[][] stroke : STROKES[digit]) {
            List<double[]> points = new ArrayList<>();
            for (double[] p : stroke) {
                double x = p[0] - 0.5 + 0.012 * random.nextGaussian();
                double y = p[1] - 0.5 + 0.012 * random.nextGaussian();
                x -= slant * y;
                points.add(new double[] {
                    across + size * (x * Math.cos(turn) - y * Math.sin(turn)),
                    down + size * (x * Math.sin(turn) + y * Math.cos(turn))
                });
            }
            for (int i = 1; i < points.size(); i++) {
                ink(points.get(i - 1), points.get(i), width, images, first);
            }
        }
        for (int i = first; i < first + PIXELS; i++) {
            images[i] = (float) Math.clamp(images[i] + NOISE * random.nextGaussian(), 0, 1);
        }
    }

    /// Draws a straight piece: full ink up to `width` from it, and none a pixel further out.
    private static void ink(double[] from, double[] to, double width, float[] images, int first) {
        double dx = to[0] - from[0];
        double dy = to[1] - from[1];
        double length = Math.max(1e-9, dx * dx + dy * dy);
        int reach = (int) Math.ceil(width + 1);
        int left = (int) Math.max(0, Math.min(from[0], to[0]) - reach);
        int right = (int) Math.min(SIDE - 1, Math.max(from[0], to[0]) + reach);
        int top = (int) Math.max(0, Math.min(from[1], to[1]) - reach);
        int bottom = (int) Math.min(SIDE - 1, Math.max(from[1], to[1]) + reach);
        for (int y = top; y <= bottom; y++) {
            for (int x = left; x <= right; x++) {
                double along = Math.clamp(((x - from[0]) * dx + (y - from[1]) * dy) / length, 0, 1);
                double distance = Math.hypot(x - from[0] - along * dx, y - from[1] - along * dy);
                int pixel = first + y * SIDE + x;
                images[pixel] = (float) Math.max(images[pixel], Math.clamp(1 + width - distance, 0, 1));
            }
        }
    }

    private static double[][] line(double... coordinates) {
        double[][] points = new double[coordinates.length / 2][];
        for (int i = 0; i < points.length; i++) {
            points[i] = new double[] {coordinates[2 * i], coordinates[2 * i + 1]};
        }
        return points;
    }

    /// A part of an ellipse; 0 degrees is to the right, 90 down.
    private static double[][] arc(double x, double y, double across, double down, int from, int to) {
        double[][] points = new double[13][];
        for (int i = 0; i < points.length; i++) {
            double angle = Math.toRadians(from + (to - from) * i / 12.0);
            points[i] = new double[] {x + across * Math.cos(angle), y + down * Math.sin(angle)};
        }
        return points;
    }
}
