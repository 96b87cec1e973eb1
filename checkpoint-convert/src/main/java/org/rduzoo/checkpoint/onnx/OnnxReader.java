package org.rduzoo.checkpoint.onnx;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.rduzoo.checkpoint.file.Named;
import org.rduzoo.checkpoint.onnx.OnnxModel.Attribute;
import org.rduzoo.checkpoint.onnx.OnnxModel.Graph;
import org.rduzoo.checkpoint.onnx.OnnxModel.Node;
import org.rduzoo.checkpoint.onnx.OnnxModel.Port;
import org.rduzoo.ir.DType;

/// Reads the messages of an ONNX model, field by field, by the numbers in the format's schema.
final class OnnxReader {

    /// How deep messages may lie in one another; a graph within a node's attribute takes three levels.
    static final int MAX_DEPTH = 40;

    private final String file;
    private final ExternalFiles external;

    OnnxReader(String file, ExternalFiles external) {
        this.file = file;
        this.external = external;
    }

    OnnxModel model(Wire wire) {
        long irVersion = 0;
        String producer = "";
        String version = "";
        Map<String, Long> opsets = new LinkedHashMap<>();
        Map<String, String> metadata = new LinkedHashMap<>();
        Graph graph = null;
        while (wire.next()) {
            switch (wire.field()) {
                case 1 -> irVersion = wire.varint();
                case 2 -> producer = wire.text();
                case 3 -> version = wire.text();
                case 7 -> graph = graph(wire.message(MAX_DEPTH));
                case 8 -> opset(wire.message(MAX_DEPTH), opsets);
                case 14 -> entry(wire.message(MAX_DEPTH), metadata);
                default -> wire.skip();
            }
        }
        if (graph == null) {
            throw wire.broken("it has no graph");
        }
        return new OnnxModel(irVersion, opsets, (producer + " " + version).strip(), metadata, graph);
    }

    private Graph graph(Wire wire) {
        String name = "";
        List<Node> nodes = new ArrayList<>();
        Map<String, OnnxTensor> initializers = new LinkedHashMap<>();
        List<Port> inputs = new ArrayList<>();
        List<Port> outputs = new ArrayList<>();
        while (wire.next()) {
            switch (wire.field()) {
                case 1 -> nodes.add(node(wire.message(MAX_DEPTH)));
                case 2 -> name = wire.text();
                case 5 -> {
                    OnnxTensor tensor = TensorReader.read(file, wire.message(MAX_DEPTH), external);
                    if (initializers.put(tensor.name(), tensor) != null) {
                        throw wire.broken("there are two initializers named " + Named.tensor(tensor.name()));
                    }
                }
                case 11 -> inputs.add(port(wire.message(MAX_DEPTH)));
                case 12 -> outputs.add(port(wire.message(MAX_DEPTH)));
                case 15 -> throw wire.broken("it has a sparse initializer, which is not supported");
                default -> wire.skip();
            }
        }
        return new Graph(name, nodes, initializers, inputs, outputs);
    }

    private Node node(Wire wire) {
        List<String> inputs = new ArrayList<>(2);
        List<String> outputs = new ArrayList<>(1);
        String name = "";
        String domain = "";
        String opType = "";
        Map<String, Attribute> attributes = null;
        while (wire.next()) {
            switch (wire.field()) {
                case 1 -> inputs.add(wire.text());
                case 2 -> outputs.add(wire.text());
                case 3 -> name = wire.text();
                case 4 -> opType = wire.text();
                case 5 -> {
                    attributes = attributes == null ? new LinkedHashMap<>() : attributes;
                    attribute(wire.message(MAX_DEPTH), attributes);
                }
                case 7 -> domain = wire.text();
                default -> wire.skip();
            }
        }
        return new Node(name, domain, opType, inputs, outputs, attributes == null ? Map.of() : attributes);
    }

    private void attribute(Wire wire, Map<String, Attribute> into) {
        String name = "";
        int kind = 0;
        float number = 0;
        long whole = 0;
        String text = "";
        Attribute nested = null;
        List<Float> floats = new ArrayList<>(0);
        List<Long> ints = new ArrayList<>(0);
        List<String> texts = new ArrayList<>(0);
        while (wire.next()) {
            switch (wire.field()) {
                case 1 -> name = wire.text();
                case 2 -> number = wire.fixed32();
                case 3 -> whole = wire.varint();
                case 4 -> text = wire.latin1();
                case 5 -> nested = new Attribute.OfTensor(TensorReader.read(file, wire.message(MAX_DEPTH), external));
                case 6 -> nested = new Attribute.OfGraph(graph(wire.message(MAX_DEPTH)));
                case 7 -> {
                    Wire run = wire.value();
                    while (run.hasMore()) {
                        floats.add(Float.intBitsToFloat(run.readInt()));
                    }
                }
                case 8 -> {
                    Wire run = wire.value();
                    while (run.hasMore()) {
                        ints.add(run.readVarint());
                    }
                }
                case 9 -> texts.add(wire.latin1());
                case 20 -> kind = (int) wire.varint();
                default -> wire.skip();
            }
        }
        into.put(
                name,
                switch (kind) {
                    case 1 -> new Attribute.OfFloat(number);
                    case 2 -> new Attribute.OfInt(whole);
                    case 3 -> new Attribute.OfText(text);
                    case 4, 5 -> nested != null ? nested : new Attribute.Other(kind);
                    case 6 -> new Attribute.OfFloats(floats);
                    case 7 -> new Attribute.OfInts(ints);
                    case 8 -> new Attribute.OfTexts(texts);
                    default -> new Attribute.Other(kind);
                });
    }

    private Port port(Wire wire) {
        String name = "";
        DType dtype = null;
        List<String> dims = new ArrayList<>();
        while (wire.next()) {
            switch (wire.field()) {
                case 1 -> name = wire.text();
                case 2 -> dtype = tensorType(wire.message(MAX_DEPTH), dims);
                default -> wire.skip();
            }
        }
        return new Port(name, dtype, dims);
    }

    /// The type of a port; only tensors are of interest.
    private @Nullable DType tensorType(Wire wire, List<String> dims) {
        DType dtype = null;
        while (wire.next()) {
            if (wire.field() != 1) {
                wire.skip();
                continue;
            }
            Wire tensor = wire.message(MAX_DEPTH);
            while (tensor.next()) {
                switch (tensor.field()) {
                    case 1 -> dtype = TensorReader.dtype((int) tensor.varint()).orElse(null);
                    case 2 -> shape(tensor.message(MAX_DEPTH), dims);
                    default -> tensor.skip();
                }
            }
        }
        return dtype;
    }

    private void shape(Wire wire, List<String> dims) {
        while (wire.next()) {
            if (wire.field() != 1) {
                wire.skip();
                continue;
            }
            Wire dim = wire.message(MAX_DEPTH);
            String size = "?";
            while (dim.next()) {
                switch (dim.field()) {
                    case 1 -> size = Long.toString(dim.varint());
                    case 2 -> size = dim.text();
                    default -> dim.skip();
                }
            }
            dims.add(size);
        }
    }

    private static void opset(Wire wire, Map<String, Long> opsets) {
        String domain = "";
        long version = 0;
        while (wire.next()) {
            switch (wire.field()) {
                case 1 -> domain = wire.text();
                case 2 -> version = wire.varint();
                default -> wire.skip();
            }
        }
        opsets.put(domain, version);
    }

    static void entry(Wire wire, Map<String, String> into) {
        String key = "";
        String value = "";
        while (wire.next()) {
            switch (wire.field()) {
                case 1 -> key = wire.text();
                case 2 -> value = wire.text();
                default -> wire.skip();
            }
        }
        into.put(key, value);
    }
}
