package org.rduzoo.checkpoint;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.rduzoo.checkpoint.gguf.LlamaExport;
import org.rduzoo.checkpoint.safetensors.SafetensorsWriter;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.Weights;

/// `rdu convert SRC DST`: a checkpoint in any format that is read, to a Hugging Face folder, one safetensors file,
/// or a GGUF file.
public final class Conversion {

    private Conversion() {}

    /// What to convert.
    ///
    /// @param source a folder or file that [Checkpoint#open] takes
    /// @param target a folder, or a file whose name ends in `.safetensors` or `.gguf`
    /// @param sentence for a sentence encoder whose source does not say how to pool, such as an ONNX file
    /// @param form what is done to weights and config on the way
    /// @param force whether what is at `target` is replaced
    public record Request(Path source, Path target, Optional<SentenceModel> sentence, TargetForm form, boolean force) {

        public static Request of(Path source, Path target) {
            return new Request(source, target, Optional.empty(), TargetForm.UNCHANGED, false);
        }

        public Request withSentence(SentenceModel model) {
            return new Request(source, target, Optional.of(model), form, force);
        }

        public Request withForce(boolean on) {
            return new Request(source, target, sentence, form, on);
        }

        public Request withForm(TargetForm changed) {
            return new Request(source, target, sentence, changed, force);
        }

        public Request withMaxShardBytes(long bytes) {
            return withForm(form.withMaxShardBytes(bytes));
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
        if (name.matches(".*\\.(onnx|pth|pt|bin)")) {
            throw new UserError("Cannot write " + name + ": checkpoints are written as a Hugging Face folder, as one "
                    + ".safetensors file, or as .gguf. Name one of these.");
        }
        boolean gguf = name.endsWith(".gguf");
        if (request.form().numbers().filter(n -> n == TargetForm.Numbers.Q8_0).isPresent() && !gguf) {
            throw new UserError("q8_0 is a type of GGUF, but " + name + " is to be "
                    + (name.endsWith(".safetensors") ? "a safetensors file" : "a Hugging Face folder")
                    + ". Choose fp32, f16 or bf16, or a target whose name ends in .gguf.");
        }
        try (Checkpoint source = Checkpoint.open(request.source())) {
            Checkpoint sentence =
                    request.sentence().map(s -> s.appliedTo(source)).orElse(source);
            Checkpoint checkpoint = request.form().applied(sentence, gguf);
            if (gguf) {
                return gguf(request, checkpoint);
            }
            Weights weights = checkpoint.weights();
            List<Weights.Weight> all = weights.names().stream()
                    .map(n -> weights.find(n).orElseThrow())
                    .toList();
            List<String> files = new ArrayList<>();
            if (name.endsWith(".safetensors")) {
                SafetensorsWriter.write(request.target(), all, SafetensorsWriter.PYTORCH, request.force());
            } else {
                HfFolder.write(request.target(), checkpoint, request.form().maxShardBytes(), request.force());
                files.add(HfFolder.CONFIG);
                files.addAll(checkpoint.files().keySet());
            }
            long bytes = all.stream().mapToLong(w -> w.type().bytes()).sum();
            return new Result(request.target(), checkpoint.format(), all.size(), bytes, files);
        }
    }

    private static Result gguf(Request request, Checkpoint checkpoint) {
        LlamaExport.Written written = LlamaExport.write(
                request.target(),
                new LlamaExport.Source(
                        checkpoint.weights(),
                        ConfigSpelling.modern(checkpoint.config()),
                        checkpoint.json("tokenizer.json"),
                        checkpoint.json("tokenizer_config.json"),
                        checkpoint.chatTemplate()),
                request.form().numbers().map(TargetForm.Numbers::gguf),
                request.force());
        return new Result(request.target(), checkpoint.format(), written.tensors(), written.bytes(), List.of());
    }
}
