package org.rduzoo.backend.host.onednn;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;
import java.util.Locale;

/// Calls of native functions whose arguments are integers, pointers and a float or two.
///
/// Each shape of foreign call costs milliseconds when a program starts, so nearly all of them have one, of seven longs
/// and two floats. On x86-64, the only processor that we have native libraries for, integers and pointers are passed
/// alike, and a function does not see arguments beyond its own. All systems but Windows pass floats in registers of
/// their
/// own, wherever they stand.
final class LongCall {

    private static final MethodHandle SEVEN = descriptor(7, 2);

    private static final int MOST = 13;

    private static final boolean WINDOWS =
            System.getProperty("os.name", "").toLowerCase(Locale.ROOT).contains("windows");

    /// A call by a shape of its own.
    @FunctionalInterface
    interface Exact {
        int call() throws Throwable;
    }

    private LongCall() {}

    /// The one call of more than seven arguments, made when it is first needed.
    private static final class Thirteen {

        static final MethodHandle CALL = descriptor(MOST, 0);

        private Thirteen() {}
    }

    /// Calls `function` with up to thirteen arguments.
    static long callLong(MemorySegment function, long... arguments) {
        long[] a = Arrays.copyOf(arguments, MOST);
        try {
            return (long) Thirteen.CALL.invokeExact(
                    function, a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], a[8], a[9], a[10], a[11], a[12]);
        } catch (Throwable t) {
            throw new IllegalStateException("a native function cannot be called", t);
        }
    }

    /// Calls `function`. Of a result narrower than a long, the upper bits are anything.
    static long call(MemorySegment function, long a, long b, long c, long d, long e, long f, long g) {
        try {
            return (long) SEVEN.invokeExact(function, a, b, c, d, e, f, g, 0f, 0f);
        } catch (Throwable t) {
            throw new IllegalStateException("a native function cannot be called", t);
        }
    }

    static long call(MemorySegment function, long a, long b, long c) {
        return call(function, a, b, c, 0, 0, 0, 0);
    }

    /// Calls a function whose floats stand anywhere among its other arguments, on systems where that makes no
    /// difference.
    ///
    /// @param apart the call for others
    static long call(MemorySegment function, long a, long b, long c, float x, float y, Exact apart) {
        try {
            if (WINDOWS) {
                return apart.call();
            }
            return (long) SEVEN.invokeExact(function, a, b, c, 0L, 0L, 0L, 0L, x, y);
        } catch (Throwable t) {
            throw new IllegalStateException("a native function cannot be called", t);
        }
    }

    /// A shape of call that nothing else has.
    @SuppressWarnings("restricted")
    static MethodHandle exact(MemoryLayout... arguments) {
        return Linker.nativeLinker().downcallHandle(FunctionDescriptor.of(JAVA_INT, arguments));
    }

    @SuppressWarnings("restricted")
    private static MethodHandle descriptor(int longs, int floats) {
        MemoryLayout[] arguments = new MemoryLayout[longs + floats];
        Arrays.fill(arguments, 0, longs, JAVA_LONG);
        Arrays.fill(arguments, longs, arguments.length, JAVA_FLOAT);
        return Linker.nativeLinker().downcallHandle(FunctionDescriptor.of(JAVA_LONG, arguments));
    }
}
