package org.rduzoo.backend.section;

import org.rduzoo.ir.SectionType;

/// What a section asks of a chip, and moves.
///
/// @param nodes how many, free ones (constants, reshapes) included
/// @param flops floating-point operations of one run ([OpCost])
/// @param bytesIn values from other sections and inputs of the graph, each once
/// @param bytesOut values that other sections read or the graph yields
/// @param weightBytes parameters, each once; of a table what is looked up
/// @param leastPcus what its stages need at the least
/// @param pmus memory units for its buffers and weights, none shared between two of them
/// @param pmuBytes bytes of those buffers and weights
/// @param pcuCycles work of all stages
/// @param tiles that follow each other through them
/// @param depth products that wait for each other
public record SectionDemand(
        SectionType type,
        int nodes,
        long flops,
        long bytesIn,
        long bytesOut,
        long weightBytes,
        int leastPcus,
        long pmus,
        long pmuBytes,
        double pcuCycles,
        double tiles,
        int depth) {

    /// Bytes between the chip and its memory.
    public long traffic() {
        return OpCost.plus(OpCost.plus(bytesIn, bytesOut), weightBytes);
    }
}
