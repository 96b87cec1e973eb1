package org.rduzoo.ir;

import java.lang.reflect.Constructor;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/// What every operation has in common, read off its record: name, operands and attributes.
///
/// Components of type [Value], `Optional<Value>` and `List<Value>` are operands; all others are attributes. Nobody but
/// this class needs to know more of a record than the `switch` it is matched in.
public final class Ops {

    private static final ClassValue<Form> FORMS = new ClassValue<>() {
        @Override
        protected Form computeValue(Class<?> type) {
            return Form.of(type);
        }
    };

    private Ops() {}

    /// The name in the text form: `layer_norm`, `attention`; for those with a function, the function: `gelu`, `add`,
    /// `sum`.
    public static String name(Op op) {
        for (Object o : components(op)) {
            if (isFunction(o)) {
                return ((Enum<?>) o).name().toLowerCase(Locale.ROOT);
            }
        }
        return snake(op.getClass().getSimpleName());
    }

    /// The operands that are there, in order.
    public static List<Value> operands(Op op) {
        List<Value> values = new ArrayList<>();
        for (Object o : components(op)) {
            switch (o) {
                case Value v -> values.add(v);
                case Optional<?> optional when optional.isPresent() && optional.get() instanceof Value v -> values.add(v);
                case List<?> list -> list.stream().filter(Value.class::isInstance).map(Value.class::cast).forEach(values::add);
                default -> {}
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
            if (!form.isOperand(i) && !isFunction(components[i])) {
                attributes.put(form.components[i].getName(), components[i]);
            }
        }
        return attributes;
    }

    /// The same operation on other operands.
    public static Op mapOperands(Op op, UnaryOperator<Value> map) {
        Form form = FORMS.get(op.getClass());
        Object[] components = components(op);
        for (int i = 0; i < components.length; i++) {
            if (form.isOperand(i)) {
                components[i] = switch (components[i]) {
                    case Value v -> map.apply(v);
                    case Optional<?> o -> o.map(v -> map.apply((Value) v));
                    case List<?> l -> l.stream().map(v -> map.apply((Value) v)).toList();
                    default -> throw new AssertionError(form.components[i]);
                };
            }
        }
        return form.create(components);
    }

    static Form form(Class<?> type) {
        return FORMS.get(type);
    }

    static Object[] components(Op op) {
        Form form = FORMS.get(op.getClass());
        Object[] values = new Object[form.components.length];
        try {
            for (int i = 0; i < values.length; i++) {
                values[i] = form.components[i].getAccessor().invoke(op);
            }
        } catch (ReflectiveOperationException e) {
            throw new LinkageError(e.getMessage(), e);
        }
        return values;
    }

    private static boolean isFunction(Object component) {
        return component instanceof UnaryFn
                || component instanceof BinaryFn
                || component instanceof CompareFn
                || component instanceof ReduceFn;
    }

    private static String snake(String camel) {
        return camel.replaceAll("(?<=[a-z])(?=[A-Z])", "_").toLowerCase(Locale.ROOT);
    }

    /// The components of one record type, and its constructor.
    static final class Form {

        final RecordComponent[] components;
        private final Constructor<?> constructor;
        private final boolean[] operand;

        private Form(RecordComponent[] components, Constructor<?> constructor, boolean[] operand) {
            this.components = components;
            this.constructor = constructor;
            this.operand = operand;
        }

        static Form of(Class<?> type) {
            RecordComponent[] components = type.getRecordComponents();
            Class<?>[] types = Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
            boolean[] operand = new boolean[components.length];
            for (int i = 0; i < operand.length; i++) {
                operand[i] = types[i] == Value.class
                        || (components[i].getGenericType() instanceof ParameterizedType p
                                && p.getActualTypeArguments()[0] == Value.class);
            }
            try {
                return new Form(components, type.getDeclaredConstructor(types), operand);
            } catch (NoSuchMethodException e) {
                throw new AssertionError(e);
            }
        }

        boolean isOperand(int i) {
            return operand[i];
        }

        Op create(Object[] components) {
            try {
                return (Op) constructor.newInstance(components);
            } catch (ReflectiveOperationException e) {
                throw new IllegalArgumentException(e);
            }
        }
    }
}
