package org.rduzoo.backend.host.onednn;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/// Calls of native functions whose arguments are integers and pointers.
///
/// Each shape of foreign call costs milliseconds when a program starts, so all of them have one, of seven longs. On
/// x86-64, the only processor that we have native libraries for, integers and pointers are passed alike, and a
/// function does not see arguments beyond its own.
final class LongCall {

    private static final MethodHandle SEVEN = sevenLongs();

    private LongCall() {}

    /// Calls `function`. Of a result narrower than a long, the upper bits are anything.
    static long call(MemorySegment function, long a, long b, long c, long d, long e, long f, long g) {
        try {
            return (long) SEVEN.invokeExact(function, a, b, c, d, e, f, g);
        } catch (Throwable t) {
            throw new IllegalStateException("a native function cannot be called", t);
        }
    }

    static long call(MemorySegment function, long a, long b, long c) {
        return call(function, a, b, c, 0, 0, 0, 0);
    }

    @SuppressWarnings("restricted")
    private static MethodHandle sevenLongs() {
        return Linker.nativeLinker()
                .downcallHandle(FunctionDescriptor.of(
                        JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG));
    }
}
