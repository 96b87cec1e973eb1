package org.rduzoo.dist;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.Arrays;
import java.util.Optional;

/// Puts standard error back, then runs the main class that the launcher `./rdu` names.
///
/// The launcher hides what the JVM writes to standard error while it starts: a warning about the incubating Vector API
/// that no option turns off, and that would stand before every error message.
public final class Start {
    private static final int STANDARD_ERROR = 2;

    private Start() {}

    /// Runs the class named by the first argument with the others.
    public static void main(String[] arguments) throws Throwable {
        Integer hidden = Integer.getInteger("rdu.stderr");
        if (hidden != null) {
            restoreStandardError(hidden);
        }
        MethodHandle main = MethodHandles.publicLookup()
                .findStatic(Class.forName(arguments[0]), "main", MethodType.methodType(void.class, String[].class))
                .asFixedArity();
        main.invokeExact(Arrays.copyOfRange(arguments, 1, arguments.length));
    }

    /// Makes `descriptor` standard error again, for Java and for native code alike.
    @SuppressWarnings("restricted")
    private static void restoreStandardError(int descriptor) throws Throwable {
        Linker linker = Linker.nativeLinker();
        Optional<MemorySegment> dup2 = linker.defaultLookup().find("dup2");
        if (dup2.isPresent()) {
            MethodHandle call = linker.downcallHandle(
                    dup2.get(),
                    FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
            int _ = (int) call.invokeExact(descriptor, STANDARD_ERROR);
        }
    }
}
