package org.rduzoo.backend.cost;

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
}
