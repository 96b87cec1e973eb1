package org.rduzoo.ir;

import java.lang.reflect.Constructor;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// What every operation has in common, read off its record: name, operands and attributes.
///
/// Components of type [Value], `Optional<Value>` and `List<Value>` are operands; all others are attributes. Nobody but
/// this class needs to know more of a record than the `switch` it is matched in.
public final class Ops {

    /// The operations that have a function, and the enum whose constant names them.
    private static final Map<Class<?>, Class<?>> FUNCTIONS = Map.of(
            Elementwise.Unary.class, UnaryFn.class,
            Elementwise.Binary.class, BinaryFn.class,
            Elementwise.Compare.class, CompareFn.class,
            Reduction.Reduce.class, ReduceFn.class);

    private static final ClassValue<Form> FORMS = new ClassValue<>() {
        @Override
        protected Form computeValue(Class<?> type) {
            return Form.of(type);
        }
    };

    /// The constants of an enum by their names in lower case.
    private static final ClassValue<Map<String, Enum<?>>> CONSTANTS = new ClassValue<>() {
        @Override
        protected Map<String, Enum<?>> computeValue(Class<?> type) {
            return Arrays.stream(type.getEnumConstants())
                    .map(c -> (Enum<?>) c)
                    .collect(Collectors.toUnmodifiableMap(c -> c.name().toLowerCase(Locale.ROOT), c -> c));
        }
    };

    private static final ClassValue<Map<Enum<?>, String>> NAMES = new ClassValue<>() {
        @Override
        protected Map<Enum<?>, String> computeValue(Class<?> type) {
            return CONSTANTS.get(type).entrySet().stream()
                    .collect(Collectors.toUnmodifiableMap(Map.Entry::getValue, Map.Entry::getKey));
        }
    };

    private Ops() {}

    /// The name in the text form, one for each kind of operation: `layer_norm`, `attention`; for those with a function,
    /// the function: `gelu`, `add`, `le`; for reductions, `reduce_sum`.
    public static String name(Op op) {
        Form form = form(op.getClass());
        return form.function < 0 ? form.name : name(form.name, (Enum<?>) form.component(op, form.function));
    }

    /// The kind of operation that a name in the text form stands for.
    static @Nullable Named named(String name) {
        return Named.ALL.get(name);
    }

    /// Every record that is an operation.
    static List<Class<?>> kinds() {
        List<Class<?>> kinds = new ArrayList<>();
        for (Class<?> family : Op.class.getPermittedSubclasses()) {
            kinds.addAll(List.of(family.getPermittedSubclasses()));
        }
        return kinds;
    }

    /// The name of an enum's constant in the text form, its own in lower case.
    static String lower(Enum<?> constant) {
        return Objects.requireNonNull(NAMES.get(constant.getDeclaringClass()).get(constant));
    }

    /// The constant of an enum with a name in the text form, if there is one.
    static @Nullable Enum<?> constant(Class<?> type, String lower) {
        return CONSTANTS.get(type).get(lower);
    }

    /// The operands that are there, in order.
    public static List<Value> operands(Op op) {
        return operands(op, components(op));
    }

    /// The operands that are there, in order, of an operation with these components.
    static List<Value> operands(Op op, Object[] components) {
        List<Value> values = new ArrayList<>();
        Form form = form(op.getClass());
        for (int i = 0; i < components.length; i++) {
            if (!form.isOperand(i)) {
                continue;
            }
            // A switch over types takes longer than this before it is compiled.
            if (components[i] instanceof Value v) {
                values.add(v);
            } else if (components[i] instanceof Optional<?> optional) {
                optional.ifPresent(v -> values.add((Value) v));
            } else {
                ((List<?>) components[i]).forEach(v -> values.add((Value) v));
            }
        }
        return Collections.unmodifiableList(values);
    }

    /// The attributes by name, in order.
    public static Map<String, Object> attributes(Op op) {
        Map<String, Object> attributes = new LinkedHashMap<>();
        Form form = FORMS.get(op.getClass());
        Object[] components = components(op);
        for (int i = 0; i < components.length; i++) {
            if (form.isAttribute(i)) {
                attributes.put(form.name(i), components[i]);
            }
        }
        return attributes;
    }

    /// The same operation on other operands.
    public static Op mapOperands(Op op, UnaryOperator<Value> map) {
        Object[] components = components(op);
        mapOperands(op, components, map);
        return form(op.getClass()).create(components);
    }

    /// The components of an operation, with other operands in the place of its own.
    static void mapOperands(Op op, Object[] components, UnaryOperator<Value> map) {
        Form form = form(op.getClass());
        for (int i = 0; i < components.length; i++) {
            if (form.isOperand(i)) {
                components[i] = switch (components[i]) {
                    case Value v -> map.apply(v);
                    case Optional<?> o -> o.map(v -> map.apply((Value) v));
                    case List<?> l -> l.stream().map(v -> map.apply((Value) v)).toList();
                    default -> throw new AssertionError(form.name(i));
                };
            }
        }
    }

    static Form form(Class<?> type) {
        return FORMS.get(type);
    }

    static Object[] components(Op op) {
        Form form = form(op.getClass());
        Object[] values = new Object[form.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = form.component(op, i);
        }
        return values;
    }

    /// What a name in the text form says: the record, and the function where the name is the function's.
    record Named(Class<?> kind, @Nullable Enum<?> function) {

        private static final Map<String, Named> ALL = all();

        private static Map<String, Named> all() {
            Map<String, Named> names = new HashMap<>();
            for (Class<?> kind : kinds()) {
                String name = snake(kind.getSimpleName());
                Class<?> functions = FUNCTIONS.get(kind);
                if (functions == null) {
                    put(names, name, new Named(kind, null));
                } else {
                    for (Object constant : functions.getEnumConstants()) {
                        Enum<?> function = (Enum<?>) constant;
                        put(names, name(name, function), new Named(kind, function));
                    }
                }
            }
            return Map.copyOf(names);
        }

        private static void put(Map<String, Named> names, String name, Named named) {
            if (names.put(name, named) != null) {
                throw new AssertionError("two operations are named " + name);
            }
        }

        /// The operation with these components; the function's place in them is filled here.
        ///
        /// @throws IllegalArgumentException when the record refuses them
        Op create(@Nullable Object[] components) {
            Form form = form();
            if (function != null) {
                components[form.function] = function;
            }
            return form.create(components);
        }

        /// Looked at when the first one of its kind is met: to look at all kinds takes its time.
        Form form() {
            return Ops.form(kind);
        }
    }

    /// The components of one record type, and its constructor.
    static final class Form {

        private final String name;
        private final RecordComponent[] components;
        private final Constructor<?> constructor;
        private final boolean[] operand;

        /// The component whose constant names the operation, or −1.
        private final int function;

        private Form(Class<?> type) throws NoSuchMethodException {
            name = snake(type.getSimpleName());
            components = type.getRecordComponents();
            operand = new boolean[components.length];
            Class<?>[] types = new Class<?>[components.length];
            int functionAt = -1;
            for (int i = 0; i < types.length; i++) {
                types[i] = components[i].getType();
                operand[i] = types[i] == Value.class
                        || (components[i].getGenericType() instanceof ParameterizedType p
                                && p.getActualTypeArguments()[0] == Value.class);
                functionAt = types[i] == FUNCTIONS.get(type) ? i : functionAt;
            }
            function = functionAt;
            constructor = type.getDeclaredConstructor(types);
        }

        static Form of(Class<?> type) {
            try {
                return new Form(type);
            } catch (NoSuchMethodException e) {
                throw new LinkageError(type + " is no record", e);
            }
        }

        int size() {
            return components.length;
        }

        String name(int i) {
            return components[i].getName();
        }

        java.lang.reflect.Type type(int i) {
            return components[i].getGenericType();
        }

        boolean isOperand(int i) {
            return operand[i];
        }

        /// Whether the component is neither an operand nor the function that names the operation.
        boolean isAttribute(int i) {
            return !operand[i] && i != function;
        }

        boolean isOptional(int i) {
            return components[i].getType() == Optional.class;
        }

        boolean isList(int i) {
            return components[i].getType() == List.class;
        }

        private Object component(Op op, int i) {
            try {
                return components[i].getAccessor().invoke(op);
            } catch (ReflectiveOperationException e) {
                throw new LinkageError(e.getMessage(), e);
            }
        }

        Op create(@Nullable Object[] values) {
            try {
                return (Op) constructor.newInstance(values);
            } catch (ReflectiveOperationException e) {
                Throwable cause = e.getCause() == null ? e : e.getCause();
                throw new IllegalArgumentException(cause.getMessage(), cause);
            }
        }
    }

    /// The name of an operation with this function, of a kind with this name.
    private static String name(String kind, Enum<?> function) {
        return function instanceof ReduceFn ? kind + "_" + lower(function) : lower(function);
    }

    private static String snake(String camel) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < camel.length(); i++) {
            char c = camel.charAt(i);
            out.append(i > 0 && Character.isUpperCase(c) ? "_" : "").append(Character.toLowerCase(c));
        }
        return out.toString();
    }
}
