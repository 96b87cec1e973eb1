package org.rduzoo.checkpoint.pytorch;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/// Writes the instructions of a pickle.
final class PickleBuilder {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    PickleBuilder() {
        op(Opcode.PROTO).op(2);
    }

    PickleBuilder op(int... bytes) {
        for (int b : bytes) {
            out.write(b);
        }
        return this;
    }

    PickleBuilder text(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return op(Opcode.BINUNICODE).int32(bytes.length).raw(bytes);
    }

    PickleBuilder global(String module, String name) {
        return op(Opcode.GLOBAL).raw((module + "\n" + name + "\n").getBytes(StandardCharsets.UTF_8));
    }

    PickleBuilder whole(int value) {
        return op(Opcode.BININT).int32(value);
    }

    PickleBuilder tuple(long... values) {
        op(Opcode.MARK);
        for (long v : values) {
            whole((int) v);
        }
        return op(Opcode.TUPLE);
    }

    PickleBuilder storage(String module, String type, String key, int count) {
        return op(Opcode.MARK)
                .text("storage")
                .global(module, type)
                .text(key)
                .text("cpu")
                .whole(count)
                .op(Opcode.TUPLE, Opcode.BINPERSID);
    }

    /// A tensor of the usual form.
    PickleBuilder tensor(String storageType, String key, int count, int offset, long[] shape, long[] strides) {
        return global("torch._utils", "_rebuild_tensor_v2")
                .op(Opcode.MARK)
                .storage("torch", storageType, key, count)
                .whole(offset)
                .tuple(shape)
                .tuple(strides)
                .op(Opcode.NEWFALSE, Opcode.EMPTY_DICT, Opcode.TUPLE, Opcode.REDUCE);
    }

    byte[] stop() {
        op(Opcode.STOP);
        return out.toByteArray();
    }

    private PickleBuilder int32(int value) {
        return op(value, value >> 8, value >> 16, value >> 24);
    }

    PickleBuilder raw(byte[] bytes) {
        out.writeBytes(bytes);
        return this;
    }
}
