package org.rduzoo.backend.cost;

/// What a stage takes for all tiles of a run, in seconds. Its units compute while memory units and links hand on, so
/// that it takes as long as the slowest of them.
///
/// @param compute its compute units
/// @param pmu the busiest memory units that it reads or fills
/// @param mesh the link that passes on most of what it reads and makes
public record StageTimes(double compute, double pmu, double mesh) {

    public double seconds() {
        return Math.max(compute, Math.max(pmu, mesh));
    }

    /// Which of them is the slowest.
    public Bound bound() {
        double seconds = seconds();
        if (seconds == compute) {
            return Bound.PIPELINE;
        }
        return seconds == pmu ? Bound.PMU : Bound.MESH;
    }
}
