package org.rduzoo.samba.session;

import java.lang.foreign.MemorySegment;
import java.util.Set;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.SectionType;

/// A graph that is ready to run: fill its inputs, run it, read its outputs.
public interface LoadedGraph {

    Graph graph();

    /// Where the caller puts the input `name`: row-major, in the type that the graph gives it.
    MemorySegment input(String name);

    /// Where the caller finds the output `name` after a run, until the next.
    MemorySegment output(String name);

    /// Runs some parts of a training step, in their order. Each works on what the parts before left when they were last
    /// run.
    void run(Set<SectionType> types);
}
