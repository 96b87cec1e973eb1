package org.rduzoo.runners.image;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// Cuts pictures of any size into tiles of one size that overlap, and makes one of what comes out of them: scores count
/// the less the nearer they are to a tile's border. A smaller picture is continued at its edges.
///
/// @param sides of a tile, slowest first
/// @param overlap places that neighbouring tiles share along a side
public record Tiles(List<Integer> sides, int overlap) {

    /// Places that neighbouring tiles share, at most a quarter of a side.
    private static final int OVERLAP = 32;

    /// Tiles of these sides.
    public static Tiles of(List<Integer> sides) {
        return new Tiles(sides, Math.min(OVERLAP, Collections.min(sides) / 4));
    }

    /// Where the tiles of a picture with sides `of` begin, along each side.
    public List<int[]> starts(List<Integer> of) {
        List<int[]> starts = List.of(new int[sides.size()]);
        for (int side = 0; side < sides.size(); side++) {
            List<int[]> more = new ArrayList<>();
            for (int[] start : starts) {
                for (int at : starts(of.get(side), sides.get(side), overlap)) {
                    int[] next = start.clone();
                    next[side] = at;
                    more.add(next);
                }
            }
            starts = more;
        }
        return starts;
    }

    /// Evenly, so that the first begins and the last ends with the side.
    static List<Integer> starts(int side, int tile, int overlap) {
        List<Integer> starts = new ArrayList<>();
        int free = side - tile;
        int steps = free <= 0 ? 0 : (free + tile - overlap - 1) / (tile - overlap);
        for (int i = 0; i <= steps; i++) {
            starts.add(steps == 0 ? 0 : (int) ((long) free * i / steps));
        }
        return starts;
    }

    /// The places of a picture with sides `of` that lie in the tile which begins at `start`; beyond its end, the
    /// nearest.
    public int[] places(List<Integer> of, int[] start) {
        int[] places = new int[Math.toIntExact(Picture.places(sides))];
        each((i, at) -> {
            int place = 0;
            for (int side = 0; side < at.length; side++) {
                place = place * of.get(side) + Math.min(start[side] + at[side], of.get(side) - 1);
            }
            places[i] = place;
        });
        return places;
    }

    /// What is done at each place of a tile.
    @FunctionalInterface
    interface Visitor {
        /// @param place its number
        /// @param at where it is along each side
        void visit(int place, int[] at);
    }

    void each(Visitor visitor) {
        int[] at = new int[sides.size()];
        for (int place = 0; at[0] < sides.getFirst(); place++) {
            visitor.visit(place, at);
            int side = at.length - 1;
            at[side]++;
            while (side > 0 && at[side] == sides.get(side)) {
                at[side--] = 0;
                at[side]++;
            }
        }
    }

    /// What tiles yield, put together.
    public final class Scores {

        private final List<Integer> of;
        private final float[][] scores;
        private final float[] weights;

        /// @param of the picture's sides
        /// @param classes how many scores a place has
        public Scores(List<Integer> of, int classes) {
            this.of = of;
            weights = new float[Math.toIntExact(Picture.places(of))];
            scores = new float[classes][weights.length];
        }

        /// Adds `[class][place]` of the tile that begins at `start`, from element `first` of `logits` on.
        public void add(int[] start, MemorySegment logits, long first) {
            long places = Picture.places(sides);
            each((i, at) -> {
                float weight = 1;
                int to = 0;
                for (int side = 0; side < at.length; side++) {
                    if (start[side] + at[side] >= of.get(side)) {
                        return;
                    }
                    to = to * of.get(side) + start[side] + at[side];
                    weight *= weight(at[side], sides.get(side));
                }
                weights[to] += weight;
                for (int c = 0; c < scores.length; c++) {
                    scores[c][to] += weight * logits.getAtIndex(ValueLayout.JAVA_FLOAT, first + c * places + i);
                }
            });
        }

        /// The class with the highest score at each place; of one score, whether it is above 0.
        public int[] classes() {
            int[] classes = new int[weights.length];
            for (int i = 0; i < classes.length; i++) {
                for (int c = 1; c < scores.length; c++) {
                    classes[i] = scores[c][i] > scores[classes[i]][i] ? c : classes[i];
                }
                if (scores.length == 1) {
                    classes[i] = scores[0][i] > 0 ? 1 : 0;
                }
            }
            return classes;
        }
    }

    /// How much a place counts by its distance from the tile's nearer end.
    private float weight(int place, int side) {
        return Math.min(1, (Math.min(place, side - 1 - place) + 1f) / (overlap + 1f));
    }
}
