package org.rduzoo.backend.host.kernel;

import org.rduzoo.ir.DropoutNumbers;

/// Which shares an attention drops out: those whose number of [DropoutNumbers] is below the probability.
///
/// @param seedPlace `i64[]`
/// @param probabilityPlace `f32[]`
/// @param layer tells these random numbers from those of others
public record ShareDrops(Place seedPlace, Place probabilityPlace, long layer) {

    public ShareDrops {
        seedPlace.require(1);
        probabilityPlace.require(1);
    }

    float probability() {
        return RawMemory.f32(probabilityPlace.address());
    }

    /// What the numbers of a row of shares come from.
    long key(long row) {
        return DropoutNumbers.key(RawMemory.i64(seedPlace.address()), layer, row);
    }

    /// What is left is multiplied with this.
    public static float raise(float probability) {
        return probability < 1 ? 1 / (1 - probability) : 0;
    }
}
