package org.rduzoo.ir;

import java.lang.reflect.ParameterizedType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// How names, types and attributes are written: `"a name"`, `true`, `-100`, `1.0E-5`, `bf16`, `[0, 2, 1]`,
/// `f32[2](0.5, 1.0)`.
final class AttributeText {

    private AttributeText() {}

    static void print(Object attribute, StringBuilder out) {
        switch (attribute) {
            case Boolean b -> out.append(b.booleanValue());
            case Integer n -> out.append(n.intValue());
            case Long n -> out.append(n.longValue());
            case Double d -> number(d, out);
            case String s -> quote(s, out);
            case Enum<?> e -> out.append(Ops.lower(e));
            case Shape s -> shape(s, out);
            case Dense d -> dense(d, out);
            case Optional<?> o -> print(o.orElseThrow(), out);
            case List<?> list -> {
                out.append('[');
                for (int i = 0; i < list.size(); i++) {
                    out.append(i == 0 ? "" : ", ");
                    print(list.get(i), out);
                }
                out.append(']');
            }
            default -> throw new IllegalArgumentException("no text form for attributes of " + attribute.getClass());
        }
    }

    /// Reads an attribute that a record declares as `type`.
    static Object parse(java.lang.reflect.Type type, GraphScanner in) {
        if (type instanceof ParameterizedType p) {
            java.lang.reflect.Type element = p.getActualTypeArguments()[0];
            return p.getRawType() == Optional.class ? Optional.of(parse(element, in)) : parseList(element, in);
        }
        if (type == boolean.class || type == Boolean.class) {
            return in.truth();
        } else if (type == int.class || type == Integer.class) {
            return (int) in.integer(Integer.MIN_VALUE, Integer.MAX_VALUE);
        } else if (type == long.class || type == Long.class) {
            return in.integer(Long.MIN_VALUE, Long.MAX_VALUE);
        } else if (type == double.class || type == Double.class) {
            return in.number();
        } else if (type == String.class) {
            return in.string();
        } else if (type == Shape.class) {
            return parseShape(in);
        } else if (type == Dense.class) {
            return in.dense(parseType(in));
        } else if (type instanceof Class<?> c && c.isEnum()) {
            return in.constant(c);
        }
        throw new IllegalArgumentException("no text form for attributes of " + type);
    }

    private static List<Object> parseList(java.lang.reflect.Type element, GraphScanner in) {
        List<Object> list = new ArrayList<>();
        in.expect('[');
        if (!in.eat(']')) {
            do {
                list.add(parse(element, in));
            } while (in.eat(','));
            in.expect(']');
        }
        return List.copyOf(list);
    }

    static void type(Type type, StringBuilder out) {
        out.append(Ops.lower(type.dtype()));
        shape(type.shape(), out);
    }

    static Type parseType(GraphScanner in) {
        DType dtype = (DType) in.constant(DType.class);
        return new Type(dtype, parseShape(in));
    }

    private static void shape(Shape shape, StringBuilder out) {
        out.append('[');
        for (int i = 0; i < shape.rank(); i++) {
            out.append(i == 0 ? "" : ", ").append(shape.dim(i));
        }
        out.append(']');
    }

    private static Shape parseShape(GraphScanner in) {
        int[] dims = new int[4];
        int rank = 0;
        in.expect('[');
        int start = in.position();
        if (!in.eat(']')) {
            do {
                if (rank == dims.length) {
                    dims = Arrays.copyOf(dims, 2 * rank);
                }
                dims[rank++] = (int) in.integer(0, Integer.MAX_VALUE);
            } while (in.eat(','));
            in.expect(']');
        }
        try {
            return Shape.of(Arrays.copyOf(dims, rank));
        } catch (IllegalArgumentException e) {
            throw in.error(start, "the dimensions of a tensor", e.getMessage());
        }
    }

    private static void dense(Dense dense, StringBuilder out) {
        type(dense.type(), out);
        double[] data = dense.data();
        int written = dense.isUniform() ? 1 : data.length;
        out.append('(');
        for (int i = 0; i < written; i++) {
            out.append(i == 0 ? "" : ", ");
            element(dense.type().dtype(), data[i], out);
        }
        out.append(')');
    }

    private static void element(DType dtype, double value, StringBuilder out) {
        boolean negativeZero = value == 0 && 1 / value < 0;
        if (dtype == DType.BOOL && (value == 0 || value == 1) && !negativeZero) {
            out.append(value == 1);
        } else if (!dtype.isFloat() && value == Math.rint(value) && Math.abs(value) < 0x1p63 && !negativeZero) {
            out.append((long) value);
        } else {
            number(value, out);
        }
    }

    private static void number(double value, StringBuilder out) {
        if (Double.isFinite(value)) {
            out.append(value);
        } else {
            out.append(Double.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf");
        }
    }

    static void quote(String text, StringBuilder out) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c < ' ' || (c >= 0x7f && !Character.isLetterOrDigit(c))) {
                out.append("\\u").append(Character.forDigit(c >> 12, 16)).append(Character.forDigit(c >> 8 & 15, 16));
                out.append(Character.forDigit(c >> 4 & 15, 16)).append(Character.forDigit(c & 15, 16));
            } else {
                out.append(c);
            }
        }
        out.append('"');
    }
}
