package org.rduzoo.ir;

/// Where a new place stands among old ones: between two neighbours.
///
/// @param share how much of `after` it takes, from 0 to 1; the rest is that of `before`
public record Between(int before, int after, double share) {

    /// Where place `i` of `to` stands among `from` old ones, as [Sampling.Resize] says.
    static Between of(ResizeMode mode, boolean alignCorners, int i, int from, int to) {
        double at = switch (mode) {
            case NEAREST -> Math.floorDiv((long) i * from, to);
            case LINEAR ->
                alignCorners ? to == 1 ? 0 : i * (from - 1.0) / (to - 1) : Math.max(0, (i + 0.5) * from / to - 0.5);
        };
        int before = Math.min((int) at, from - 1);
        return new Between(before, Math.min(before + 1, from - 1), mode == ResizeMode.NEAREST ? 0 : at - before);
    }
}
