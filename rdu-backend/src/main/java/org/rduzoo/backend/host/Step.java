package org.rduzoo.backend.host;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.rduzoo.backend.host.machine.Kernel;
import org.rduzoo.ir.SectionType;

/// One kernel of a plan: what it reads and writes, and how it is made once memory is there.
///
/// @param name says what it does and where it came from, for reports
/// @param loading whether it runs once, when weights are loaded
record Step(
        Supplier<String> name,
        SectionType section,
        boolean loading,
        List<Buffer> reads,
        List<Buffer> writes,
        Binder binder) {

    Step {
        reads = List.copyOf(reads);
        writes = List.copyOf(writes);
    }

    String label() {
        return name.get();
    }

    /// As in `linear @ encoder.layer.0.intermediate.dense`.
    static String label(String what, String path) {
        return path.isEmpty() ? what : what + " @ " + path;
    }

    /// Makes the kernel.
    @FunctionalInterface
    interface Binder {
        /// @param memory where each buffer lies
        Kernel bind(KernelMaker kernels, Function<Buffer, MemorySegment> memory);
    }
}
