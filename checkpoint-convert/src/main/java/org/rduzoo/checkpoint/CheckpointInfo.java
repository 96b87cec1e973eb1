package org.rduzoo.checkpoint;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.rduzoo.checkpoint.pytorch.TorchFile;
import org.rduzoo.checkpoint.safetensors.SafetensorsFile;
import org.rduzoo.ir.DType;
import org.rduzoo.samba.Weights;
import tools.jackson.databind.node.ObjectNode;

/// `rdu checkpoint info`: what is in a checkpoint. Nothing but headers is read.
///
/// @param format as in `Hugging Face folder`
/// @param tensors in the order of the checkpoint
/// @param types how many tensors, elements and bytes there are of each type, widest use first
/// @param elements of all tensors: the number of parameters
/// @param bytes of all tensors, as the checkpoint yields them
/// @param metadata free texts of a safetensors file; of PyTorch's, which of its dictionaries was taken, and what was
/// left out
/// @param config what `config.json` says
/// @param files the other files
public record CheckpointInfo(
        Path path,
        String format,
        List<Tensor> tensors,
        List<TypeTotal> types,
        long elements,
        long bytes,
        Map<String, String> metadata,
        ObjectNode config,
        List<String> files) {

    /// One tensor.
    ///
    /// @param file where it lies
    public record Tensor(String name, DType dtype, List<Integer> shape, long bytes, String file) {}

    /// All tensors of one type.
    public record TypeTotal(DType dtype, int tensors, long elements, long bytes) {}

    /// Reads the headers of the checkpoint at `path`: a folder or file that [Checkpoint#open] takes, or a folder with
    /// weights alone.
    public static CheckpointInfo of(Path path) {
        try (Checkpoint checkpoint = Checkpoint.openWithoutConfig(path)) {
            Weights weights = checkpoint.weights();
            List<Tensor> tensors = new ArrayList<>();
            Map<DType, TypeTotal> totals = new EnumMap<>(DType.class);
            for (String name : weights.names()) {
                Weights.Weight w = weights.find(name).orElseThrow();
                List<Integer> shape = new ArrayList<>();
                for (int dim : w.type().shape().dims()) {
                    shape.add(dim);
                }
                tensors.add(new Tensor(name, w.type().dtype(), shape, w.type().bytes(), w.source()));
                totals.merge(
                        w.type().dtype(),
                        new TypeTotal(
                                w.type().dtype(),
                                1,
                                w.type().elements(),
                                w.type().bytes()),
                        CheckpointInfo::sum);
            }
            List<TypeTotal> types = totals.values().stream()
                    .sorted((a, b) -> Long.compare(b.bytes(), a.bytes()))
                    .toList();
            return new CheckpointInfo(
                    path,
                    checkpoint.format().title(),
                    tensors,
                    types,
                    types.stream().mapToLong(TypeTotal::elements).sum(),
                    types.stream().mapToLong(TypeTotal::bytes).sum(),
                    metadata(weights),
                    checkpoint.config(),
                    List.copyOf(checkpoint.files().keySet()));
        }
    }

    private static TypeTotal sum(TypeTotal a, TypeTotal b) {
        return new TypeTotal(a.dtype(), a.tensors() + b.tensors(), a.elements() + b.elements(), a.bytes() + b.bytes());
    }

    private static Map<String, String> metadata(Weights weights) {
        return switch (weights) {
            case SafetensorsFile file -> new TreeMap<>(file.metadata());
            case TorchFile file -> file.metadata();
            default -> Map.of();
        };
    }
}
