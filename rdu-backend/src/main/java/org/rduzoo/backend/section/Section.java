package org.rduzoo.backend.section;

import java.util.List;
import org.rduzoo.ir.SectionType;

/// A fused piece of the graph that runs as one pipeline; only what enters and leaves it goes through memory.
///
/// @param id its place in the plan, from 0
/// @param program sections with the same number compute the same on other values, and share one program
/// @param nodes indices into [org.rduzoo.ir.Graph#nodes], in the order in which they run
/// @param in numbers of the values that it takes in, parameters among them, in the order of first use
/// @param out numbers of the values that others read or the graph yields, in the order in which they are made
/// @param pcus compute units given to it
/// @param pmus memory units given to it
/// @param pmuBytes bytes of them in use
/// @param streamed whether this is an operation whose buffers or weights do not fit and pass through in pieces
/// @param flops floating-point operations of one run ([OpCost])
/// @param bytesIn read from memory, weights apart
/// @param bytesOut written to memory
/// @param weightBytes of parameters read
public record Section(
        int id,
        SectionType type,
        int program,
        List<Integer> nodes,
        List<Integer> in,
        List<Integer> out,
        int pcus,
        int pmus,
        long pmuBytes,
        boolean streamed,
        long flops,
        long bytesIn,
        long bytesOut,
        long weightBytes) {

    public Section {
        nodes = List.copyOf(nodes);
        in = List.copyOf(in);
        out = List.copyOf(out);
    }

    /// Bytes between the chip and its memory.
    public long traffic() {
        return OpCost.plus(OpCost.plus(bytesIn, bytesOut), weightBytes);
    }
}
