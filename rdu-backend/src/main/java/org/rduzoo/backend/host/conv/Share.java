package org.rduzoo.backend.host.conv;

import java.util.ArrayList;
import java.util.List;

/// What one call computes of a convolution: whole images, or some rows of one.
///
/// @param image the first image
/// @param row the first row of the output, and `rows` how many
/// @param inputRow the first row of the input that is read, and `inputRows` how many; what lies before and after them
///     is padding
record Share(
        int image, int images, int row, int rows, int inputRow, int inputRows, int paddingBefore, int paddingAfter) {

    /// The shares of each of `parts` threads.
    ///
    /// @param mostInputs how many elements of the input a share may have, if rows can be shared out
    static List<List<Share>> of(ConvolutionSpec c, int parts, long mostInputs) {
        long image = c.inputs() * ConvolutionSpec.product(c.inputPlaces());
        boolean wholeImages = c.batch() % parts == 0 && image <= mostInputs;
        List<Share> shares = new ArrayList<>();
        if (wholeImages) {
            int each = Math.max(1, (int) Math.min(c.batch() / parts, mostInputs / Math.max(1, image)));
            for (int p = 0; p < parts; p++) {
                for (int i = c.batch() / parts * p; i < c.batch() / parts * (p + 1); i += each) {
                    int images = Math.min(each, c.batch() / parts * (p + 1) - i);
                    shares.add(rows(c, i, images, 0, c.outputPlaces().getFirst()));
                }
            }
        } else {
            for (int i = 0; i < c.batch(); i++) {
                shares.addAll(rowShares(c, i, parts, mostInputs));
            }
        }
        return dealt(shares, parts);
    }

    private static List<Share> rowShares(ConvolutionSpec c, int image, int parts, long mostInputs) {
        int rows = c.outputPlaces().getFirst();
        int grain = c.transposed() ? c.window().stride().getFirst() : 1;
        long step = c.transposed() ? 1 : c.window().stride().getFirst();
        long most = Math.max(1, mostInputs / Math.max(1, c.inputRow() * step)) * grain;
        int grains = rows / grain;
        int each = (int) Math.min(most, (grains + parts - 1) / parts * (long) grain);
        List<Share> shares = new ArrayList<>();
        boolean canCut = !c.transposed() || c.isBlockwise();
        for (int row = 0; canCut && row < rows; row += each) {
            Share share = rows(c, image, 1, row, Math.min(each, rows - row));
            canCut = share.inputRows > 0;
            shares.add(share);
        }
        return canCut ? shares : List.of(rows(c, image, 1, 0, rows));
    }

    /// Contiguous runs of nearly the same number of rows for each thread.
    private static List<List<Share>> dealt(List<Share> shares, int parts) {
        long all = shares.stream().mapToLong(s -> (long) s.images * s.rows).sum();
        List<List<Share>> dealt = new ArrayList<>();
        for (int p = 0; p < parts; p++) {
            dealt.add(new ArrayList<>());
        }
        long before = 0;
        for (Share s : shares) {
            long size = (long) s.images * s.rows;
            dealt.get((int) ((2 * before + size) * parts / (2 * all))).add(s);
            before += size;
        }
        return dealt;
    }

    private static Share rows(ConvolutionSpec c, int image, int images, int row, int rows) {
        int inputs = c.inputPlaces().getFirst();
        int stride = c.window().stride().getFirst();
        int padding = c.window().padding().getFirst();
        int extent = (int) c.window().extent(0);
        if (c.transposed()) {
            if (rows == c.outputPlaces().getFirst()) {
                int after = (inputs - 1) * stride + extent - rows - padding;
                return new Share(image, images, row, rows, 0, inputs, padding, Math.max(0, after));
            }
            return new Share(image, images, row, rows, row / stride, rows / stride, 0, 0);
        }
        int begin = row * stride - padding;
        int end = (row + rows - 1) * stride - padding + extent;
        if (rows == c.outputPlaces().getFirst()) {
            // Whole images lie as far apart as they are long, whether their last rows are read or not.
            return new Share(image, images, row, rows, 0, inputs, padding, Math.max(0, end - inputs));
        }
        int first = Math.clamp(begin, 0, inputs);
        int last = Math.clamp(end, first, inputs);
        return new Share(image, images, row, rows, first, last - first, first - begin, end - last);
    }
}
