package org.rduzoo.backend.cost;

import org.rduzoo.backend.section.Section;

/// What a section costs.
///
/// @param path the model path that all of it comes from
/// @param ops its operations, as in `linear x3, attention`
/// @param layout shared by all sections that run the same program
/// @param runs how often it runs: once, or once a micro-batch
/// @param start seconds from the start of the graph's run to that of the section's first
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

    /// Of all runs.
    public double seconds() {
        return runs * time.seconds();
    }

    /// What most of its time goes into.
    public Bound bound() {
        if (time.peer() > time.execution() && time.peer() > time.start()) {
            return Bound.PEER;
        }
        return time.start() > time.execution() + time.edges() ? Bound.START : busy.bound();
    }
}
