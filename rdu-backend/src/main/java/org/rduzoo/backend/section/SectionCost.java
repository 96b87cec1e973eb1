package org.rduzoo.backend.section;

import org.rduzoo.backend.arch.Arch;
import org.rduzoo.backend.arch.Deployment;

/// The time that a section takes, roughly: what the cut of a whole graph keeps small.
public interface SectionCost {

    /// Seconds of one run, its program already on the chip.
    double seconds(SectionDemand demand);

    /// Seconds to put another program on the chip.
    double programLoad();

    /// A launch, and the longer of what stages and what the memory that section borders live in take. Compute units are
    /// taken to be shared among stages so that none is slower than another.
    static SectionCost of(Deployment deployment) {
        Arch arch = deployment.arch();
        boolean schedule = arch.memories().size() > 1;
        double start = arch.launch().argumentLoad().value()
                + (schedule ? arch.launch().schedule() : arch.launch().host()).value();
        Arch.Memory memory = arch.mainMemory();
        double bandwidth = memory.stream().value() * memory.sustained().value();
        double rate = deployment.pcus()
                * arch.fabric().clock().value()
                * arch.fabric().sustained().value();
        double programLoad = arch.launch().programLoad().value();
        return new SectionCost() {
            @Override
            public double seconds(SectionDemand demand) {
                double passes = 1 + (demand.depth() - 1) / demand.tiles();
                return start + Math.max(demand.pcuCycles() * passes / rate, demand.traffic() / bandwidth);
            }

            @Override
            public double programLoad() {
                return programLoad;
            }
        };
    }
}
