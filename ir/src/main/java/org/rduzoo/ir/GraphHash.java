package org.rduzoo.ir;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// What a graph or a part of one computes, as 128 bits: the same for the same operations with the same attributes and
/// types, joined in the same way and order, whatever the numbers of values, model paths and names are. Identical
/// layers are found by it.
public record GraphHash(long high, long low) {

    /// The hash of a graph: kinds and types of its inputs, its nodes, and which values its outputs are.
    public static GraphHash of(Graph graph) {
        Writer writer = new Writer();
        Map<String, Graph.Input> inputs = new HashMap<>();
        for (Graph.Input input : graph.inputs()) {
            writer.text(Ops.lower(input.kind()));
            writer.operand(input.value());
            inputs.put(input.name(), input);
        }
        writer.nodes(graph.nodes());
        for (Graph.Output output : graph.outputs()) {
            writer.operand(output.value());
            writer.optional(output.alias().map(inputs::get).map(Graph.Input::value));
        }
        return writer.finish();
    }

    /// The hash of consecutive nodes that yield `results` to others. Values from outside count by their type and by
    /// where they are used: [#operands] lists them in an order that two parts with one hash have in common.
    public static GraphHash of(List<Node> nodes, List<Value> results) {
        Writer writer = new Writer();
        writer.nodes(nodes);
        results.forEach(writer::operand);
        return writer.finish();
    }

    /// The values that nodes use and do not yield, in the order of their first use.
    public static List<Value> operands(List<Node> nodes) {
        Set<Value> outside = new LinkedHashSet<>();
        Set<Value> inside = new HashSet<>();
        for (Node node : nodes) {
            node.operands().stream().filter(v -> !inside.contains(v)).forEach(outside::add);
            inside.addAll(node.results());
        }
        return List.copyOf(outside);
    }

    /// As 32 hexadecimal digits.
    @Override
    public String toString() {
        return "%016x%016x".formatted(high, low);
    }

    /// Turns structure into bytes. Every part is preceded by its length or has a fixed one, so no two structures share
    /// theirs.
    private static final class Writer {

        private final MessageDigest digest = sha256();
        private final Map<Value, Integer> places = new HashMap<>();

        void nodes(List<Node> nodes) {
            for (Node node : nodes) {
                Ops.Form form = Ops.form(node.op().getClass());
                text(Ops.lower(node.section()));
                text(Ops.name(node.op()));
                Object[] components = Ops.components(node.op());
                for (int i = 0; i < components.length; i++) {
                    if (form.isOperand(i)) {
                        operands(components[i]);
                    } else if (form.isAttribute(i)) {
                        attribute(components[i]);
                    }
                }
                number(node.results().size());
                node.results().forEach(this::operand);
            }
            number(-1);
        }

        private void operands(Object component) {
            switch (component) {
                case Value v -> operand(v);
                case Optional<?> o -> optional(o.map(Value.class::cast));
                case List<?> list -> {
                    number(list.size());
                    list.forEach(v -> operand((Value) v));
                }
                default -> throw new AssertionError(component);
            }
        }

        void optional(Optional<Value> value) {
            number(value.isPresent() ? 1 : 0);
            value.ifPresent(this::operand);
        }

        /// A value is the place at which it was first met, where its type follows.
        void operand(Value value) {
            Integer known = places.putIfAbsent(value, places.size());
            number(known == null ? places.size() - 1 : known);
            if (known == null) {
                text(value.type().toString());
            }
        }

        private void attribute(Object attribute) {
            if (Optional.empty().equals(attribute)) {
                number(-1);
                return;
            }
            StringBuilder out = new StringBuilder();
            AttributeText.print(attribute, out);
            text(out.toString());
        }

        void text(String text) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            number(bytes.length);
            digest.update(bytes);
        }

        private void number(int n) {
            for (int shift = 24; shift >= 0; shift -= 8) {
                digest.update((byte) (n >> shift));
            }
        }

        GraphHash finish() {
            ByteBuffer bytes = ByteBuffer.wrap(digest.digest());
            return new GraphHash(bytes.getLong(), bytes.getLong());
        }

        private static MessageDigest sha256() {
            try {
                return MessageDigest.getInstance("SHA-256");
            } catch (NoSuchAlgorithmException e) {
                throw new LinkageError("every Java platform has SHA-256", e);
            }
        }
    }
}
