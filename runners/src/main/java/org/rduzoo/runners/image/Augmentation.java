package org.rduzoo.runners.image;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SplittableRandom;

/// What makes another picture of a picture each time it is learned from.
///
/// @param ways those that are used; none leaves pictures as they are
public record Augmentation(Set<Way> ways) {

    /// A way to make another picture.
    public enum Way {
        /// Mirrored or not along each side.
        FLIP,
        /// Turned by none to three quarters in the plane of height and width; by none or two where these differ.
        ROTATE,
        /// A part of the size that is learned from, anywhere in the picture.
        CROP
    }

    public static Augmentation none() {
        return new Augmentation(EnumSet.noneOf(Way.class));
    }

    /// The places of a picture with sides `of` that a picture with sides `sides` is made of.
    public int[] places(List<Integer> of, List<Integer> sides, SplittableRandom random) {
        int last = sides.size() - 1;
        boolean square = sides.get(last).equals(sides.get(last - 1));
        int turns = !ways.contains(Way.ROTATE) ? 0 : square ? random.nextInt(4) : 2 * random.nextInt(2);
        boolean[] flips = new boolean[sides.size()];
        int[] start = new int[sides.size()];
        for (int side = 0; side < sides.size(); side++) {
            flips[side] = ways.contains(Way.FLIP) && random.nextBoolean();
            int free = of.get(side) - sides.get(side);
            start[side] = ways.contains(Way.CROP) && free > 0 ? random.nextInt(free + 1) : 0;
        }
        Tiles whole = new Tiles(sides, 0);
        int[] straight = whole.places(of, start);
        int[] places = new int[straight.length];
        whole.each((place, at) -> {
            int[] from = at.clone();
            for (int turn = 0; turn < turns; turn++) {
                int row = from[last - 1];
                from[last - 1] = from[last];
                from[last] = sides.get(last) - 1 - row;
            }
            int at0 = 0;
            for (int side = 0; side < from.length; side++) {
                int there = flips[side] ? sides.get(side) - 1 - from[side] : from[side];
                at0 = at0 * sides.get(side) + there;
            }
            places[place] = straight[at0];
        });
        return places;
    }

    /// Names as on the command line.
    public static List<String> names() {
        List<String> names = new ArrayList<>();
        for (Way way : Way.values()) {
            names.add(way.name().toLowerCase(Locale.ROOT));
        }
        return Collections.unmodifiableList(names);
    }
}
