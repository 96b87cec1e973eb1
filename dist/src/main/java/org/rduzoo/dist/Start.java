package org.rduzoo.dist;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.InvocationTargetException;
import java.util.Arrays;

/// Brings the Vector API in, then runs the main class that the launcher `./rdu` names.
///
/// A JVM that starts with an incubating module warns of it on standard error, which no option turns off, and leaves
/// unused what its cache holds of modules and linked classes. So the module comes when the JVM has started: the JDK
/// brings in those of its agents in this way.
public final class Start {

    private static final String VECTORS = "jdk.incubator.vector";

    /// A module of the JDK's without a class, to load in the place of the other: what loading takes is then in the
    /// cache.
    private static final String EMPTY = "jdk.crypto.ec";

    private Start() {}

    /// Runs the class named by the first argument with the others.
    public static void main(String[] arguments) throws Throwable {
        if (ModuleLayer.boot().findModule(VECTORS).isEmpty()) {
            loadVectors();
        }
        MethodHandles.publicLookup()
                .findStatic(Class.forName(arguments[0]), "main", MethodType.methodType(void.class, String[].class))
                .asFixedArity()
                .invokeExact(Arrays.copyOfRange(arguments, 1, arguments.length));
    }

    /// Loads the module, and says how many lanes its vectors of `f32` have, which loops that do without them must know.
    private static void loadVectors() {
        try {
            Class.forName("jdk.internal.module.Modules")
                    .getMethod("loadModule", String.class)
                    .invoke(null, Boolean.getBoolean("rdu.without-vectors") ? EMPTY : VECTORS);
            Object lanes = Class.forName("jdk.internal.vm.vector.VectorSupport")
                    .getMethod("getMaxLaneCount", Class.class)
                    .invoke(null, float.class);
            System.setProperty("rdu.lanes", String.valueOf(lanes));
        } catch (ReflectiveOperationException e) {
            Throwable cause = e instanceof InvocationTargetException ? e.getCause() : e;
            System.err.println("This JDK does not let the Vector API in once it has started (" + cause
                    + "). Let it in before: export RDU_JAVA_OPTS=--add-modules=" + VECTORS);
            System.exit(1);
        }
    }
}
