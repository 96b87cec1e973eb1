package org.rduzoo.samba;

import java.util.List;

/// What an image model takes and yields: `[N, channels, sides..]` to `[N, classes, sides..]`.
///
/// @param dimensions 2 for images, 3 for volumes
/// @param grain what each side must be a multiple of
public record ImageForm(int dimensions, int channels, int classes, int grain) {

    /// Checks the sides of an image.
    ///
    /// @throws UserError when there are too many or too few, or one is no multiple of the grain
    public void require(List<Integer> sides) {
        if (sides.size() != dimensions || sides.stream().anyMatch(s -> s <= 0 || s % grain != 0)) {
            throw new UserError("%s is no size for this model: it takes %d sides, each a multiple of %d."
                    .formatted(sides, dimensions, grain));
        }
    }
}
