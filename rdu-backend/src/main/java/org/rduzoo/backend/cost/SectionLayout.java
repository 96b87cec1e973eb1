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
public record SectionLayout(
        int program, double tiles, List<Stage> stages, List<StageBuffer> buffers, int pcus, int pmus) {

    public SectionLayout {
        stages = List.copyOf(stages);
        buffers = List.copyOf(buffers);
    }

    /// A part of the time that the pipeline takes, which is 1.
    public record Span(double start, double end) {}

    /// When each stage is at work: from the first tile that reaches it to the last one that leaves it.
    public List<Span> spans() {
        int deepest = stages.stream().mapToInt(Stage::depth).max().orElse(0);
        double[] fill = new double[deepest + 2];
        double slowest = 0;
        for (Stage s : stages) {
            fill[s.depth() + 1] = Math.max(fill[s.depth() + 1], s.cycles() / tiles);
            slowest = Math.max(slowest, s.cycles());
        }
        for (int d = 1; d < fill.length; d++) {
            fill[d] += fill[d - 1];
        }
        double behind = (1 - 1 / tiles) * slowest;
        double all = fill[deepest + 1] + behind;
        List<Span> spans = new ArrayList<>();
        for (Stage s : stages) {
            double start = fill[s.depth()];
            spans.add(all == 0 ? new Span(0, 1) : new Span(start / all, (start + s.cycles() / tiles + behind) / all));
        }
        return spans;
    }
}
