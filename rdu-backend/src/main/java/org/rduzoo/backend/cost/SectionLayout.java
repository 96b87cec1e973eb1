package org.rduzoo.backend.cost;

import java.util.ArrayList;
import java.util.List;
import org.rduzoo.backend.section.StageBuffer;

/// How a program lies on a chip: its stages with their compute units, and the buffers between them.
///
/// @param program number, as in [org.rduzoo.backend.section.Section#program]
/// @param tiles that follow each other through the pipeline
/// @param buffers whose values are those of the first section that runs the program
/// @param pcus compute units of all stages
/// @param pmus memory units of all buffers
/// @param busiestLink seconds that the link of the mesh takes that passes on most
public record SectionLayout(
        int program,
        double tiles,
        List<Stage> stages,
        List<StageBuffer> buffers,
        int pcus,
        int pmus,
        double busiestLink) {

    public SectionLayout {
        stages = List.copyOf(stages);
        buffers = List.copyOf(buffers);
    }

    /// The slowest of each part: computing, memory units, links.
    StageTimes slowest() {
        return new StageTimes(
                stages.stream().mapToDouble(s -> s.times().compute()).max().orElse(0),
                stages.stream().mapToDouble(s -> s.times().pmu()).max().orElse(0),
                stages.stream().mapToDouble(s -> s.times().mesh()).max().orElse(0));
    }

    /// Seconds from the first tile's start to the last one's end: it passes the slowest stage of each depth, and the
    /// others follow as fast as the slowest of all.
    double pipeline() {
        double[] fill = fill();
        return fill[fill.length - 1] + behind();
    }

    /// Seconds that the fabric takes: its pipeline, or the link that all of it waits for.
    double seconds() {
        return Math.max(pipeline(), busiestLink);
    }

    /// A part of the time that the pipeline takes, which is 1.
    public record Span(double start, double end) {}

    /// When each stage is at work: from the first tile that reaches it to the last one that leaves it.
    public List<Span> spans() {
        double[] fill = fill();
        double all = pipeline();
        List<Span> spans = new ArrayList<>();
        for (Stage s : stages) {
            double start = fill[s.depth()];
            double end = start + s.times().seconds() / tiles + behind();
            spans.add(all == 0 ? new Span(0, 1) : new Span(start / all, end / all));
        }
        return spans;
    }

    /// Seconds until the first tile is at each depth, and until it is through.
    private double[] fill() {
        double[] fill = new double[stages.stream().mapToInt(Stage::depth).max().orElse(0) + 2];
        for (Stage s : stages) {
            fill[s.depth() + 1] = Math.max(fill[s.depth() + 1], s.times().seconds() / tiles);
        }
        for (int d = 1; d < fill.length; d++) {
            fill[d] += fill[d - 1];
        }
        return fill;
    }

    /// Seconds that the tiles behind the first one take.
    private double behind() {
        return (1 - 1 / tiles) * slowest().seconds();
    }
}
