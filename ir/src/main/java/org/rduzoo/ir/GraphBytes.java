package org.rduzoo.ir;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A graph in numbers, several times as quick to read as its text ([GraphText]): for caches of one build, whose next
/// may
/// give another number to a type of elements or to a component of an operation.
///
/// Names, types and attributes stand in tables, each once; nodes refer to them. After the numbers come the characters
/// of all names, one after the other.
public final class GraphBytes {

    /// In the place of an operand or an attribute that is not there.
    private static final int NONE = -1;

    private static final List<DType> DTYPES = List.of(DType.values());
    private static final List<Graph.Kind> KINDS = List.of(Graph.Kind.values());
    private static final List<SectionType> SECTIONS = List.of(SectionType.values());

    private GraphBytes() {}

    public static byte[] write(Graph graph) {
        return new Writer().write(graph);
    }

    /// The graph that [#write] wrote. Its types are taken as they stand: nothing is inferred again.
    ///
    /// @throws IndexOutOfBoundsException or IllegalArgumentException when [#write] did not write this
    public static Graph read(ByteBuffer bytes) {
        return new Reader(bytes).graph();
    }

    private static final class Writer {

        private final Map<String, Integer> names = new LinkedHashMap<>();
        private final Map<Type, Integer> types = new LinkedHashMap<>();
        private final Map<Attribute, Integer> attributes = new LinkedHashMap<>();
        private final Numbers body = new Numbers();

        byte[] write(Graph graph) {
            body.add(name(graph.name()));
            body.add(graph.inputs().size());
            for (Graph.Input input : graph.inputs()) {
                Value value = input.value();
                body.add(name(input.name()), KINDS.indexOf(input.kind()), type(value.type()), name(value.path()));
            }
            body.add(graph.nodes().size());
            graph.nodes().forEach(this::node);
            body.add(graph.outputs().size());
            for (Graph.Output output : graph.outputs()) {
                body.add(
                        name(output.name()),
                        output.value().number(),
                        output.alias().map(this::name).orElse(NONE));
            }
            return assemble();
        }

        private void node(Node node) {
            String name = Ops.name(node.op());
            Ops.Form form = Ops.form(node.op().getClass());
            Object[] components = node.components();
            body.add(
                    name(name),
                    SECTIONS.indexOf(node.section()),
                    name(node.path()),
                    node.results().size());
            node.results().forEach(v -> body.add(type(v.type())));
            for (int i = 0; i < components.length; i++) {
                if (form.isOperand(i)) {
                    operand(components[i]);
                } else if (form.isAttribute(i)) {
                    body.add(components[i].equals(Optional.empty()) ? NONE : attribute(name, i, components[i]));
                }
            }
        }

        private void operand(Object component) {
            if (component instanceof Value v) {
                body.add(v.number());
            } else if (component instanceof Optional<?> o) {
                body.add(o.map(v -> ((Value) v).number()).orElse(NONE));
            } else {
                List<?> list = (List<?>) component;
                body.add(list.size());
                list.forEach(v -> body.add(((Value) v).number()));
            }
        }

        private int name(String name) {
            return number(names, name);
        }

        private int type(Type type) {
            return number(types, type);
        }

        private int attribute(String operation, int component, Object value) {
            StringBuilder text = new StringBuilder();
            AttributeText.print(value, text);
            return number(attributes, new Attribute(name(operation), component, name(text.toString())));
        }

        private static <T> int number(Map<T, Integer> table, T entry) {
            return table.computeIfAbsent(entry, _ -> table.size());
        }

        private byte[] assemble() {
            Numbers all = new Numbers();
            all.add(names.size());
            names.keySet().forEach(n -> all.add(n.length()));
            all.add(types.size());
            for (Type type : types.keySet()) {
                all.add(DTYPES.indexOf(type.dtype()), type.rank());
                all.add(type.shape().dims());
            }
            all.add(3 * attributes.size());
            attributes.keySet().forEach(a -> all.add(a.operation, a.component, a.text));
            all.add(body.toArray());
            byte[] characters = String.join("", names.keySet()).getBytes(StandardCharsets.UTF_8);
            int[] numbers = all.toArray();
            ByteBuffer bytes = ByteBuffer.allocate(Integer.BYTES * (1 + numbers.length) + characters.length)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putInt(numbers.length);
            for (int n : numbers) {
                bytes.putInt(n);
            }
            return bytes.put(characters).array();
        }
    }

    /// An attribute of an operation, as text. All but the component are numbers of names.
    private record Attribute(int operation, int component, int text) {}

    private static final class Numbers {

        private int[] numbers = new int[64];
        private int size;

        void add(int... more) {
            if (size + more.length > numbers.length) {
                numbers = Arrays.copyOf(numbers, 2 * (size + more.length));
            }
            System.arraycopy(more, 0, numbers, size, more.length);
            size += more.length;
        }

        int[] toArray() {
            return Arrays.copyOf(numbers, size);
        }
    }

    private static final class Reader {

        private final int[] numbers;
        private final String[] names;
        private final Ops.@Nullable Named[] operations;
        private final Type[] types;
        private final int[] attributes;
        private final @Nullable Object[] attributeValues;
        private final List<Value> values = new ArrayList<>();
        private int at;

        Reader(ByteBuffer bytes) {
            ByteBuffer in = bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
            int count = in.getInt();
            if (count < 0 || count > in.remaining() / Integer.BYTES) {
                throw new IllegalArgumentException("no graph: " + count + " numbers");
            }
            // All at once: a number at a time takes a dozen calls.
            numbers = new int[count];
            in.asIntBuffer().get(numbers);
            in.position(in.position() + count * Integer.BYTES);
            String characters = StandardCharsets.UTF_8.decode(in).toString();
            names = new String[count()];
            int from = 0;
            for (int i = 0; i < names.length; i++) {
                int to = from + next();
                names[i] = characters.substring(from, to);
                from = to;
            }
            operations = new Ops.@Nullable Named[names.length];
            types = new Type[count()];
            for (int i = 0; i < types.length; i++) {
                DType dtype = DTYPES.get(next());
                int rank = count();
                types[i] = new Type(dtype, Shape.of(Arrays.copyOfRange(numbers, at, at + rank)));
                at += rank;
            }
            attributeValues = new @Nullable Object[count() / 3];
            attributes = Arrays.copyOfRange(numbers, at, at + 3 * attributeValues.length);
            at += attributes.length;
        }

        Graph graph() {
            GraphBuilder builder = new GraphBuilder(names[next()]);
            for (int i = count(); i > 0; i--) {
                values.add(builder.input(names[next()], KINDS.get(next()), types[next()], names[next()]));
            }
            for (int i = count(); i > 0; i--) {
                node(builder);
            }
            for (int i = count(); i > 0; i--) {
                builder.output(names[next()], values.get(next()), optional(next()));
            }
            return builder.build();
        }

        private Optional<String> optional(int name) {
            return name == NONE ? Optional.empty() : Optional.of(names[name]);
        }

        private void node(GraphBuilder builder) {
            Ops.Named operation = operation(next());
            SectionType section = SECTIONS.get(next());
            String path = names[next()];
            Type[] results = new Type[count()];
            for (int i = 0; i < results.length; i++) {
                results[i] = types[next()];
            }
            Ops.Form form = operation.form();
            @Nullable Object[] components = new @Nullable Object[form.size()];
            for (int i = 0; i < components.length; i++) {
                if (form.isOperand(i)) {
                    components[i] = operand(form, i);
                } else if (form.isAttribute(i)) {
                    int attribute = next();
                    components[i] = attribute == NONE ? Optional.empty() : attribute(attribute);
                }
            }
            Op op = operation.create(components);
            values.addAll(builder.add(op, components, List.of(results), path, section));
        }

        private Object operand(Ops.Form form, int i) {
            if (form.isList(i)) {
                List<Value> list = new ArrayList<>();
                for (int k = count(); k > 0; k--) {
                    list.add(values.get(next()));
                }
                return List.copyOf(list);
            }
            int number = next();
            if (form.isOptional(i)) {
                return number == NONE ? Optional.empty() : Optional.of(values.get(number));
            }
            return values.get(number);
        }

        private Ops.Named operation(int name) {
            Ops.Named operation = operations[name];
            if (operation == null) {
                operation = Ops.named(names[name]);
                if (operation == null) {
                    throw new IllegalArgumentException("no operation: " + names[name]);
                }
                operations[name] = operation;
            }
            return operation;
        }

        /// Attributes never change, so operations share them.
        private Object attribute(int number) {
            Object value = attributeValues[number];
            if (value == null) {
                Ops.Form form = operation(attributes[3 * number]).form();
                int component = attributes[3 * number + 1];
                GraphScanner text = new GraphScanner(names[attributes[3 * number + 2]]);
                try {
                    value = AttributeText.parse(form.type(component), text);
                } catch (GraphSyntaxException e) {
                    throw new IllegalArgumentException(e);
                }
                attributeValues[number] = value;
            }
            return value;
        }

        private int next() {
            return numbers[at++];
        }

        /// How many things of a number at least follow.
        private int count() {
            int count = next();
            if (count < 0 || count > numbers.length - at) {
                throw new IllegalArgumentException("no graph: " + count + " of something");
            }
            return count;
        }
    }
}
