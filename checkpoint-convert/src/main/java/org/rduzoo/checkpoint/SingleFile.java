package org.rduzoo.checkpoint;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import org.rduzoo.checkpoint.Checkpoint.Format;
import org.rduzoo.checkpoint.file.Json;
import org.rduzoo.checkpoint.file.MappedFile;
import org.rduzoo.checkpoint.file.SideFile;
import org.rduzoo.checkpoint.gguf.GgufCheckpoint;
import org.rduzoo.checkpoint.onnx.BertOnnx;
import org.rduzoo.checkpoint.onnx.OnnxFile;
import org.rduzoo.checkpoint.onnx.UnetOnnx;
import org.rduzoo.checkpoint.pytorch.TorchFile;
import org.rduzoo.checkpoint.safetensors.SafetensorsFile;
import org.rduzoo.ir.DType;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.Weights;
import tools.jackson.databind.node.ObjectNode;

/// A checkpoint in one file.
final class SingleFile {

    private static final int START_BYTES = 64;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int GGUF_MAGIC = 0x46554747;

    private SingleFile() {}

    static Checkpoint open(Path path, DType expanded) {
        return switch (format(path)) {
            case SAFETENSORS -> weights(path, Format.SAFETENSORS, SafetensorsFile::open);
            case PYTORCH -> weights(path, Format.PYTORCH, TorchFile::open);
            case ONNX -> onnx(path);
            case GGUF -> gguf(path, expanded);
            case HUGGING_FACE -> throw new IllegalStateException(path + " is a file, not a folder");
        };
    }

    private static Checkpoint gguf(Path path, DType expanded) {
        GgufCheckpoint file = GgufCheckpoint.open(path);
        try {
            Map<String, SideFile> files = new TreeMap<>();
            file.files().forEach((name, text) -> files.put(name, SideFile.of(text.getBytes(StandardCharsets.UTF_8))));
            return new Checkpoint(Format.GGUF, file.weights(expanded), file.config(), files);
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }

    private static Checkpoint onnx(Path path) {
        Map<String, SideFile> files = new TreeMap<>(besides(path));
        // Some publishers put several models into one place, each with its tokenizer.
        String stem = path.getFileName().toString().replaceFirst("\\.onnx$", "");
        beside(path, stem + "-tokenizer.json").ifPresent(f -> files.put("tokenizer.json", SideFile.at(f)));
        Optional<ObjectNode> config = beside(path, HfFolder.CONFIG).map(Json::read);
        OnnxFile file = OnnxFile.open(path);
        try {
            if (BertOnnx.isBert(file.model())) {
                BertOnnx bert = BertOnnx.of(file, config);
                return new Checkpoint(Format.ONNX, bert.weights(), bert.config(), files);
            }
            if (config.isEmpty() && UnetOnnx.isUnet(file.model())) {
                UnetOnnx unet = UnetOnnx.of(file);
                return new Checkpoint(Format.ONNX, unet.weights(), unet.config(), files);
            }
            return new Checkpoint(Format.ONNX, file, config.orElseGet(Json::object), files);
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }

    /// The format by what the file begins with; by its name only where that says nothing, as in a damaged file.
    static Format format(Path path) {
        try (MappedFile file = MappedFile.open(path)) {
            MemorySegment start =
                    file.bytes().asSlice(0, Math.min(START_BYTES, file.bytes().byteSize()));
            if (start.byteSize() >= 4) {
                int magic = start.get(INT, 0);
                if (magic == GGUF_MAGIC) {
                    return Format.GGUF;
                }
            }
            if (TorchFile.looksLike(start)) {
                return Format.PYTORCH;
            }
            if (start.byteSize() > 8 && start.get(LONG, 0) > 0 && start.get(ValueLayout.JAVA_BYTE, 8) == '{') {
                return Format.SAFETENSORS;
            }
            if (OnnxFile.looksLike(start)) {
                return Format.ONNX;
            }
        }
        String name = path.getFileName().toString().toLowerCase(Locale.ROOT);
        if (name.endsWith(".safetensors")) {
            return Format.SAFETENSORS;
        }
        if (name.endsWith(".onnx")) {
            return Format.ONNX;
        }
        if (name.endsWith(".gguf")) {
            return Format.GGUF;
        }
        if (name.matches(".*\\.(pth|pt|bin|ckpt)")) {
            return Format.PYTORCH;
        }
        throw new UserError(path + " is not a checkpoint: it begins neither as a safetensors file nor as GGUF, ONNX or "
                + "a file of torch.save. Name a Hugging Face folder or such a file.");
    }

    private static Checkpoint weights(Path path, Format format, Function<Path, Weights> opened) {
        ObjectNode config = beside(path, HfFolder.CONFIG).map(Json::read).orElseGet(Json::object);
        Weights stored = opened.apply(path);
        try {
            return new Checkpoint(
                    format,
                    HfNames.modern(stored, config.path(HfFolder.MODEL_TYPE).asString("")),
                    config,
                    besides(path));
        } catch (RuntimeException e) {
            stored.close();
            throw e;
        }
    }

    private static Map<String, SideFile> besides(Path path) {
        return HfFolder.sideFiles(path.toAbsolutePath().resolveSibling(""));
    }

    private static Optional<Path> beside(Path path, String name) {
        return Optional.of(path.toAbsolutePath().resolveSibling(name)).filter(Files::isRegularFile);
    }
}
