package org.rduzoo.backend.cost;

import org.rduzoo.backend.section.Section;

/// What a section costs.
///
/// @param path the model path that all of it comes from
/// @param ops its operations, as in `linear x3, attention`
/// @param layout shared by all sections that run the same program
/// @param runs how often it runs: once, or once a micro-batch
/// @param start seconds from the start of the graph's run to that of the section's first; of one that runs more than
///     once, each further run comes [Prediction#passSeconds] after the one before
/// @param time of one run
/// @param busy of one run
/// @param traffic of one chip in one run
/// @param flops of one chip in one run
public record SectionPrediction(
        Section section,
        String path,
        String ops,
        SectionLayout layout,
        int runs,
        double start,
        SectionTime time,
        Busy busy,
        Traffic traffic,
        long flops) {

    SectionPrediction startingAt(double seconds) {
        return new SectionPrediction(section, path, ops, layout, runs, seconds, time, busy, traffic, flops);
    }

    /// Of all runs.
    public double seconds() {
        return runs * time.seconds();
    }

    /// Operations for each byte between the chip and its memories; 0 where none is moved.
    public double intensity() {
        return traffic.memory() == 0 ? 0 : flops / (double) traffic.memory();
    }

    /// What most of its time goes into.
    public Bound bound() {
        if (time.peer() > time.execution() && time.peer() > time.start()) {
            return Bound.PEER;
        }
        return time.start() > time.execution() + time.edges() ? Bound.START : busy.bound();
    }
}
