package org.rduzoo.checkpoint.pytorch;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.rduzoo.checkpoint.pytorch.PickleValue.ElementType;
import org.rduzoo.checkpoint.pytorch.PickleValue.Function;
import org.rduzoo.checkpoint.pytorch.PickleValue.StorageType;
import org.rduzoo.ir.DType;

/// The names that a pickle may use: a closed list of what stands for plain data and tensors. A name is compared with
/// the list and never looked up anywhere.
final class PickleNames {

    private static final Map<String, PickleValue> KNOWN = known();

    private PickleNames() {}

    /// What `name`, as in `torch._utils._rebuild_tensor_v2`, stands for; nothing if it is none of ours.
    static Optional<PickleValue> find(String name) {
        // Protocol 2 writes Python 3's built-in names as Python 2 spelt them.
        String modern = name.startsWith("__builtin__.") ? "builtins." + name.substring("__builtin__.".length()) : name;
        return Optional.ofNullable(KNOWN.get(modern));
    }

    private static Map<String, PickleValue> known() {
        Map<String, PickleValue> known = new HashMap<>();
        for (Function f : Function.values()) {
            known.put(f.title(), f);
        }
        known.put("torch._tensor.Tensor", Function.TENSOR);
        type(known, DType.F32, "FloatStorage", "float32");
        type(known, DType.F64, "DoubleStorage", "float64");
        type(known, DType.F16, "HalfStorage", "float16");
        type(known, DType.BF16, "BFloat16Storage", "bfloat16");
        type(known, DType.I64, "LongStorage", "int64");
        type(known, DType.I32, "IntStorage", "int32");
        type(known, DType.I16, "ShortStorage", "int16");
        type(known, DType.I8, "CharStorage", "int8");
        type(known, DType.U8, "ByteStorage", "uint8");
        type(known, DType.BOOL, "BoolStorage", "bool");
        element(known, DType.U16, "uint16");
        element(known, DType.U32, "uint32");
        element(known, DType.U64, "uint64");
        element(known, DType.F8_E4M3, "float8_e4m3fn");
        element(known, DType.F8_E5M2, "float8_e5m2");
        known.put("torch.storage.UntypedStorage", new StorageType("torch.storage.UntypedStorage", Optional.empty()));
        known.put("torch.UntypedStorage", new StorageType("torch.UntypedStorage", Optional.empty()));
        return Map.copyOf(known);
    }

    private static void type(Map<String, PickleValue> known, DType dtype, String storage, String element) {
        known.put("torch." + storage, new StorageType("torch." + storage, Optional.of(dtype)));
        element(known, dtype, element);
    }

    private static void element(Map<String, PickleValue> known, DType dtype, String name) {
        known.put("torch." + name, new ElementType("torch." + name, dtype));
    }
}
