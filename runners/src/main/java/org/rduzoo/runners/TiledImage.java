package org.rduzoo.runners;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.rduzoo.backend.host.HostGraph;

/// Runs an image of any size through a graph for one size: in tiles that overlap, whose scores count the less the
/// nearer they are to a tile's border. A smaller image is continued at its edges.
final class TiledImage {

    private final HostGraph graph;
    private final int channels;
    private final int classes;
    private final int height;
    private final int width;
    private final int overlap;

    /// @param height of a tile
    /// @param width of a tile
    /// @param overlap places that neighbouring tiles share
    TiledImage(HostGraph graph, int channels, int classes, int height, int width, int overlap) {
        this.graph = graph;
        this.channels = channels;
        this.classes = classes;
        this.height = height;
        this.width = width;
        this.overlap = overlap;
    }

    /// The scores of each class at each place: `[class][row · width + column]`.
    float[][] run(Picture picture) {
        int places = picture.width() * picture.height();
        float[][] scores = new float[classes][places];
        float[] weights = new float[places];
        for (int top : starts(picture.height(), height, overlap)) {
            for (int left : starts(picture.width(), width, overlap)) {
                fill(picture, top, left);
                graph.run();
                add(picture, top, left, scores, weights);
            }
        }
        for (float[] plane : scores) {
            for (int i = 0; i < places; i++) {
                plane[i] /= weights[i];
            }
        }
        return scores;
    }

    /// Where the tiles begin along a side: evenly, so that the first begins and the last ends with the image.
    static List<Integer> starts(int side, int tile, int overlap) {
        List<Integer> starts = new ArrayList<>();
        int free = side - tile;
        int steps = free <= 0 ? 0 : (free + tile - overlap - 1) / (tile - overlap);
        for (int i = 0; i <= steps; i++) {
            starts.add(steps == 0 ? 0 : (int) ((long) free * i / steps));
        }
        return starts;
    }

    private void fill(Picture picture, int top, int left) {
        MemorySegment image = graph.input("image");
        for (int c = 0; c < channels; c++) {
            for (int y = 0; y < height; y++) {
                for (int x = 0; x < width; x++) {
                    image.setAtIndex(
                            ValueLayout.JAVA_FLOAT,
                            ((long) c * height + y) * width + x,
                            picture.at(c, top + y, left + x));
                }
            }
        }
    }

    private void add(Picture picture, int top, int left, float[][] scores, float[] weights) {
        MemorySegment logits = graph.output("logits");
        for (int y = 0; y < Math.min(height, picture.height() - top); y++) {
            for (int x = 0; x < Math.min(width, picture.width() - left); x++) {
                int at = (top + y) * picture.width() + left + x;
                float weight = weight(y, height) * weight(x, width);
                weights[at] += weight;
                for (int c = 0; c < classes; c++) {
                    scores[c][at] +=
                            weight * logits.getAtIndex(ValueLayout.JAVA_FLOAT, ((long) c * height + y) * width + x);
                }
            }
        }
    }

    /// How much a place counts by its distance from the tile's nearer end.
    private float weight(int place, int side) {
        return Math.min(1, (Math.min(place, side - 1 - place) + 1f) / (overlap + 1f));
    }
}
