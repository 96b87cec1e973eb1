package org.rduzoo.runners.chat;

import java.math.BigInteger;
import java.util.List;
import java.util.Map;

/// Python's types of the values that a template handles: `None`, `Boolean`, `Long` and `BigInteger`, `Double`,
/// `String`, `List`, [Tuple], `Map`, and those of this package.
final class Types {

    private Types() {}

    /// As Python's `type(value).__name__`.
    static String name(Object value) {
        return switch (value) {
            case None _ -> "NoneType";
            case Boolean _ -> "bool";
            case Long _, BigInteger _ -> "int";
            case Double _ -> "float";
            case String _ -> "str";
            case Tuple _ -> "tuple";
            case Range _ -> "range";
            case List<?> _ -> "list";
            case Map<?, ?> _ -> "dict";
            case Undefined _ -> "Undefined";
            case Generator g -> g.kind();
            case View v -> v.kind();
            case Namespace _ -> "Namespace";
            case Function _ -> "function";
            case Loop _ -> "LoopContext";
            default -> value.getClass().getSimpleName();
        };
    }

    /// As Jinja's messages name an object.
    static String described(Object value) {
        return value instanceof None ? "None" : name(value) + " object";
    }

    /// Python's truth.
    static boolean isTrue(Object value) {
        return switch (value) {
            case None _, Undefined _ -> false;
            case Boolean b -> b;
            case Long n -> n != 0;
            case BigInteger n -> n.signum() != 0;
            case Double d -> d != 0;
            case String s -> !s.isEmpty();
            case List<?> l -> !l.isEmpty();
            case Map<?, ?> m -> !m.isEmpty();
            case View v -> !v.values().isEmpty();
            default -> true;
        };
    }

    static boolean isInteger(Object value) {
        return value instanceof Long || value instanceof BigInteger;
    }

    static boolean isNumber(Object value) {
        return isInteger(value) || value instanceof Double || value instanceof Boolean;
    }

    /// Whether `for` can walk it.
    static boolean isIterable(Object value) {
        return switch (value) {
            case String _, List<?> _, Map<?, ?> _, Generator _, View _, Undefined _, Loop _ -> true;
            default -> false;
        };
    }

    static boolean isSequence(Object value) {
        return switch (value) {
            case String _, List<?> _, Map<?, ?> _, Undefined _ -> true;
            default -> false;
        };
    }
}
