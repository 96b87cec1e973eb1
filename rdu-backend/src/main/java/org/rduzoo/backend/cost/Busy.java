package org.rduzoo.backend.cost;

/// How long each part of a chip would take by itself, in seconds. They work at the same time.
///
/// @param pipeline the stages, one tile behind the other
/// @param slowest of all stages, each part: computing, memory units, links for what they read and fill
/// @param mesh the link that passes on most, for all stages together
/// @param hbm moving bytes to and from HBM
/// @param ddr moving bytes to and from DDR
/// @param peer moving bytes between chips while stages run
public record Busy(double pipeline, StageTimes slowest, double mesh, double hbm, double ddr, double peer) {

    /// The longest of them.
    public double longest() {
        return Math.max(Math.max(pipeline, mesh), Math.max(Math.max(hbm, ddr), peer));
    }

    /// Which of them is the longest; of a pipeline, what its slowest stage waits for.
    public Bound bound() {
        double longest = longest();
        if (longest == hbm) {
            return Bound.HBM;
        }
        if (longest == ddr) {
            return Bound.DDR;
        }
        if (longest == pipeline) {
            return slowest.bound();
        }
        return longest == mesh ? Bound.MESH : Bound.PEER;
    }
}
