package org.rduzoo.backend.section;

import org.rduzoo.backend.arch.Arch;

/// The time that a section takes: what the cut of a whole graph keeps small.
public interface SectionCost {

    /// Seconds of one run, its program already on the chip.
    double seconds(SectionDemand demand);

    /// Seconds to put another program on the chip.
    double programLoad();

    /// Launch, and all bytes at the speed of the memory that section borders live in; arithmetic is the same however
    /// the graph is cut.
    static SectionCost byTraffic(Arch arch) {
        double start =
                arch.launch().schedule().value() + arch.launch().argumentLoad().value();
        double bandwidth = arch.mainMemory().stream().value();
        double programLoad = arch.launch().programLoad().value();
        return new SectionCost() {
            @Override
            public double seconds(SectionDemand demand) {
                return start + demand.traffic() / bandwidth;
            }

            @Override
            public double programLoad() {
                return programLoad;
            }
        };
    }
}
