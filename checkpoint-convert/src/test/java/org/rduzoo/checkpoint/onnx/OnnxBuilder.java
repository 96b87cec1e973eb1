package org.rduzoo.checkpoint.onnx;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.rduzoo.checkpoint.tensor.Transposed;
import org.rduzoo.samba.Weights;

/// Writes small ONNX models.
final class OnnxBuilder {

    static final int FLOAT = 1;
    static final int INT64 = 7;

    private final Message graph = new Message();

    static Message tensor(String name, int type, long... dims) {
        Message tensor = new Message();
        for (long d : dims) {
            tensor.varint(1, d);
        }
        return tensor.varint(2, type).text(8, name);
    }

    static byte[] longs(long... values) {
        ByteBuffer out = ByteBuffer.allocate(8 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        for (long v : values) {
            out.putLong(v);
        }
        return out.array();
    }

    static byte[] floats(float... values) {
        ByteBuffer out = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        for (float v : values) {
            out.putFloat(v);
        }
        return out.array();
    }

    OnnxBuilder initializer(Message tensor) {
        graph.message(5, tensor);
        return this;
    }

    OnnxBuilder node(String name, String opType, List<String> inputs, String output, Message... attributes) {
        Message node = new Message();
        inputs.forEach(i -> node.text(1, i));
        node.text(2, output).text(3, name).text(4, opType);
        for (Message a : attributes) {
            node.message(5, a);
        }
        graph.message(1, node);
        return this;
    }

    OnnxBuilder constant(String name, Message tensor) {
        return node(
                name,
                "Constant",
                List.of(),
                name + "_output_0",
                attribute("value", 4).message(5, tensor));
    }

    OnnxBuilder input(String name, String batch, long size) {
        Message shape =
                new Message().message(1, new Message().text(2, batch)).message(1, new Message().varint(1, size));
        Message type = new Message().message(1, new Message().varint(1, INT64).message(2, shape));
        graph.message(11, new Message().text(1, name).message(2, type));
        return this;
    }

    static Message attribute(String name, int kind) {
        return new Message().text(1, name).varint(20, kind);
    }

    byte[] bytes() {
        return new Message()
                .varint(1, 8)
                .text(2, "a test")
                .text(3, "1.0")
                .message(7, graph)
                .message(8, new Message().text(1, "").varint(2, 17))
                .bytes();
    }

    /// A BERT as PyTorch exports it: matrices turned around and nameless, the rest under their names, and of the
    /// graph what tells its configuration.
    static OnnxBuilder bert(Weights weights, int heads, int headSize) {
        OnnxBuilder b = new OnnxBuilder().input("input_ids", "batch_size", 16);
        b.constant("/embeddings/LayerNorm/Constant_1", tensor("", FLOAT).bytes(9, floats(1e-12f)));
        b.node("/embeddings/LayerNorm/Add", "Add", List.of("mean", "/embeddings/LayerNorm/Constant_1_output_0"), "var");
        b.node("/embeddings/LayerNorm/Sqrt", "Sqrt", List.of("var"), "std");
        String attention = "/encoder/layer.0/attention/self";
        b.constant(attention + "/Constant_2", tensor("", INT64, 1).bytes(9, longs(heads)));
        b.constant(attention + "/Constant_3", tensor("", INT64, 1).packed(7, headSize));
        List<String> shape = List.of("b", "t", attention + "/Constant_2_output_0", attention + "/Constant_3_output_0");
        b.node(
                attention + "/Concat",
                "Concat",
                shape,
                "split",
                attribute("axis", 2).varint(3, 0));
        b.node(attention + "/Reshape", "Reshape", List.of("keys", "split"), "heads");
        b.node("/encoder/layer.0/intermediate/intermediate_act_fn/Erf", "Erf", List.of("x"), "erf");
        int number = 700;
        for (String name : weights.names()) {
            Weights.Weight w = weights.find(name).orElseThrow();
            byte[] bytes = w.segment().toArray(ValueLayout.JAVA_BYTE);
            if (name.startsWith("encoder") && w.type().rank() == 2) {
                int rows = w.type().dim(0);
                int columns = w.type().dim(1);
                String matrix = "onnx::MatMul_" + number++;
                MemorySegment turned = Transposed.matrix(MemorySegment.ofArray(bytes), rows, columns, 4);
                b.initializer(tensor(matrix, FLOAT, columns, rows).bytes(9, turned.toArray(ValueLayout.JAVA_BYTE)));
                String path =
                        "/" + name.replace(".weight", "").replace(".", "/").replaceAll("layer/([0-9]+)", "layer.$1");
                b.node(path + "/MatMul", "MatMul", List.of("x" + number, matrix), path + "/MatMul_output_0");
            } else if (!name.startsWith("pooler")) {
                Message tensor = tensor(name, FLOAT);
                for (int d : w.type().shape().dims()) {
                    tensor.varint(1, d);
                }
                b.initializer(tensor.bytes(9, bytes));
            }
        }
        return b.initializer(tensor("embeddings.position_ids", INT64, 1, 2).bytes(9, longs(0, 1)));
    }
}
