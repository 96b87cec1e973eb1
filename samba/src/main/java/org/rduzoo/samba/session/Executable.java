package org.rduzoo.samba.session;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.rduzoo.ir.SectionType;

/// A PEF with weights, on a machine that runs it.
public interface Executable extends LoadedGraph, AutoCloseable {

    /// The memory of what runs leave for later runs, trained parameters among it: row-major, in the type that the graph
    /// gives it.
    MemorySegment state(String name);

    /// Runs sections one by one, in the order of their numbers.
    ///
    /// @throws org.rduzoo.samba.UserError when there is no such section, or one reads what has not been made yet
    void runSections(List<Integer> ids);

    /// The sections of the PEF, the one with number 0 first.
    List<SectionType> sections();

    /// What it runs on, as in `2 threads, avx512; products by oneDNN`.
    String description();

    /// What a run of so many micro-batches would take on the chip that the PEF is for.
    double predictedSeconds(int microBatches);

    @Override
    void close();
}
