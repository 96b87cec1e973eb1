package org.rduzoo.backend.cost;

/// How long each part of a chip would take by itself, in seconds. They work at the same time.
///
/// @param pipeline the stages, one tile behind the other
/// @param hbm moving bytes to and from HBM
/// @param ddr moving bytes to and from DDR
/// @param peer moving bytes between chips while stages run
public record Busy(double pipeline, double hbm, double ddr, double peer) {

    public static final Busy NONE = new Busy(0, 0, 0, 0);

    public Busy plus(Busy b) {
        return new Busy(pipeline + b.pipeline, hbm + b.hbm, ddr + b.ddr, peer + b.peer);
    }

    public Busy times(int n) {
        return new Busy(n * pipeline, n * hbm, n * ddr, n * peer);
    }

    /// The longest of them.
    public double longest() {
        return Math.max(Math.max(pipeline, hbm), Math.max(ddr, peer));
    }

    /// Which of them is the longest.
    public Bound bound() {
        double longest = longest();
        if (longest == hbm) {
            return Bound.HBM;
        }
        if (longest == ddr) {
            return Bound.DDR;
        }
        return longest == pipeline ? Bound.PIPELINE : Bound.PEER;
    }
}
