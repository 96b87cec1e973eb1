package org.rduzoo.checkpoint.safetensors;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.rduzoo.ir.DType;

/// The format's names of element types.
final class SafetensorsTypes {

    /// All names of the format in the reference's order, by which it sorts a file's tensors, last first.
    private static final List<String> ORDER = List.of(
            "BOOL",
            "F4",
            "F6_E2M3",
            "F6_E3M2",
            "U8",
            "I8",
            "F8_E5M2",
            "F8_E4M3",
            "F8_E8M0",
            "F8_E4M3FNUZ",
            "F8_E5M2FNUZ",
            "I16",
            "U16",
            "F16",
            "BF16",
            "I32",
            "U32",
            "F32",
            "C64",
            "F64",
            "I64",
            "U64");

    private SafetensorsTypes() {}

    static Optional<DType> dtype(String name) {
        return Arrays.stream(DType.values()).filter(d -> d.name().equals(name)).findFirst();
    }

    static boolean isKnown(String name) {
        return ORDER.contains(name);
    }

    static String supported() {
        return ORDER.stream().filter(n -> dtype(n).isPresent()).collect(Collectors.joining(", "));
    }

    /// Place in the reference's order: wider types have higher ones.
    static int rank(DType dtype) {
        return ORDER.indexOf(dtype.name());
    }
}
