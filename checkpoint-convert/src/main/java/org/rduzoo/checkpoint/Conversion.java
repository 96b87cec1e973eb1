package org.rduzoo.checkpoint;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.rduzoo.checkpoint.safetensors.SafetensorsWriter;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.Weights;

/// `rdu convert SRC DST`: a checkpoint in any format that is read, to a Hugging Face folder or one safetensors file.
public final class Conversion {

    private Conversion() {}

    /// What to convert.
    ///
    /// @param source a folder or file that [Checkpoint#open] takes
    /// @param target a folder, or a file whose name ends in `.safetensors`
    /// @param sentence for a sentence encoder whose source does not say how to pool, such as an ONNX file
    /// @param maxShardBytes a folder's weights of more than that are written as several files
    /// @param force whether what is at `target` is replaced
    public record Request(
            Path source, Path target, Optional<SentenceModel> sentence, long maxShardBytes, boolean force) {

        public static Request of(Path source, Path target) {
            return new Request(source, target, Optional.empty(), HfFolder.MAX_SHARD_BYTES, false);
        }

        public Request withSentence(SentenceModel model) {
            return new Request(source, target, Optional.of(model), maxShardBytes, force);
        }

        public Request withForce(boolean on) {
            return new Request(source, target, sentence, maxShardBytes, on);
        }

        public Request withMaxShardBytes(long bytes) {
            return new Request(source, target, sentence, bytes, force);
        }
    }

    /// What was written.
    ///
    /// @param bytes of weights, without headers
    /// @param files other than weights, in the target
    public record Result(Path target, Checkpoint.Format from, int tensors, long bytes, List<String> files) {}

    /// Reads, converts and writes; at `target`, all appears or nothing does.
    ///
    /// @throws UserError when the source cannot be read or converted, or the target exists and `force` is off
    public static Result run(Request request) {
        String name = request.target().toString();
        if (name.endsWith(".gguf") || name.endsWith(".onnx")) {
            throw new UserError("Cannot write " + name + ": checkpoints are written as a Hugging Face folder or as one "
                    + ".safetensors file. Name one of these.");
        }
        try (Checkpoint source = Checkpoint.open(request.source())) {
            Checkpoint checkpoint =
                    request.sentence().map(s -> s.appliedTo(source)).orElse(source);
            Weights weights = checkpoint.weights();
            List<Weights.Weight> all = weights.names().stream()
                    .map(n -> weights.find(n).orElseThrow())
                    .toList();
            List<String> files = new ArrayList<>();
            if (name.endsWith(".safetensors")) {
                SafetensorsWriter.write(request.target(), all, SafetensorsWriter.PYTORCH, request.force());
            } else {
                HfFolder.write(request.target(), checkpoint, request.maxShardBytes(), request.force());
                files.add(HfFolder.CONFIG);
                files.addAll(checkpoint.files().keySet());
            }
            long bytes = all.stream().mapToLong(w -> w.type().bytes()).sum();
            return new Result(request.target(), checkpoint.format(), all.size(), bytes, files);
        }
    }
}
