package org.rduzoo.checkpoint;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.rduzoo.checkpoint.file.Named;
import org.rduzoo.checkpoint.gguf.GgufType;
import org.rduzoo.checkpoint.tensor.Converted;
import org.rduzoo.checkpoint.tensor.WeightTable;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Type;
import org.rduzoo.samba.Nearest;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.Weights;
import org.rduzoo.samba.Weights.Weight;
import tools.jackson.databind.node.ObjectNode;

/// What a conversion does to weights and config, whatever the formats: the type of numbers, whether the head is the
/// embedding, and how large a file may be.
///
/// @param numbers the type of floating-point weights; nothing leaves each as it is
/// @param head nothing leaves it as it is
/// @param maxShardBytes a folder's weights of more than that are written as several files
public record TargetForm(Optional<Numbers> numbers, Optional<Head> head, long maxShardBytes) {

    /// Nothing is changed.
    public static final TargetForm UNCHANGED =
            new TargetForm(Optional.empty(), Optional.empty(), HfFolder.MAX_SHARD_BYTES);

    /// A type of numbers that weights may be written as.
    public enum Numbers {
        FP32(GgufType.F32, "float32"),
        BF16(GgufType.BF16, "bfloat16"),
        F16(GgufType.F16, "float16"),
        /// Blocks of 32 with a scale, in GGUF alone.
        Q8_0(GgufType.Q8_0, "float32");

        private final GgufType gguf;
        private final String torchName;

        Numbers(GgufType gguf, String torchName) {
            this.gguf = gguf;
            this.torchName = torchName;
        }

        /// The type in a GGUF file.
        GgufType gguf() {
            return gguf;
        }

        private DType dtype() {
            return gguf.plain().orElse(DType.F32);
        }
    }

    /// Whether a language model's head is its embedding, or a matrix of its own.
    public enum Head {
        TIED,
        UNTIED
    }

    public TargetForm withNumbers(Numbers changed) {
        return new TargetForm(Optional.of(changed), head, maxShardBytes);
    }

    public TargetForm withHead(Head changed) {
        return new TargetForm(numbers, Optional.of(changed), maxShardBytes);
    }

    public TargetForm withMaxShardBytes(long bytes) {
        return new TargetForm(numbers, head, bytes);
    }

    private static final String TIE = "tie_word_embeddings";
    private static final String HEAD = "lm_head.weight";
    private static final List<String> EMBEDDINGS =
            List.of("model.embed_tokens.weight", "transformer.wte.weight", "wte.weight");

    /// `checkpoint` in this form, its numbers converted when they are asked for.
    ///
    /// @param quantized whether the writer converts numbers by itself, as that of GGUF does
    Checkpoint applied(Checkpoint checkpoint, boolean quantized) {
        Checkpoint changed = head.map(h -> withHead(checkpoint, h)).orElse(checkpoint);
        return quantized ? changed : numbers.map(n -> withNumbers(changed, n)).orElse(changed);
    }

    private static Checkpoint withNumbers(Checkpoint checkpoint, Numbers numbers) {
        Weights weights = checkpoint.weights();
        List<Weight> converted = new ArrayList<>();
        for (String name : weights.names()) {
            converted.add(Converted.to(numbers.dtype(), weights.find(name).orElseThrow()));
        }
        ObjectNode config = checkpoint.config().deepCopy();
        for (String key : List.of("dtype", "torch_dtype")) {
            if (config.has(key)) {
                config.put(key, numbers.torchName);
            }
        }
        return new Checkpoint(
                checkpoint.format(), WeightTable.of(weights.source(), converted, weights), config, checkpoint.files());
    }

    private static Checkpoint withHead(Checkpoint checkpoint, Head head) {
        Weights weights = checkpoint.weights();
        Weight embedding = EMBEDDINGS.stream()
                .flatMap(n -> weights.find(n).stream())
                .findFirst()
                .orElseThrow(() -> new UserError(weights.source() + " has no embedding to tie a head to: none of "
                        + String.join(", ", EMBEDDINGS) + "."
                        + nearest(weights)
                        + " Is it a language model?"));
        Optional<Weight> stored = weights.find(HEAD);
        List<Weight> changed = new ArrayList<>();
        for (String name : weights.names()) {
            if (head == Head.UNTIED || !name.equals(HEAD)) {
                changed.add(weights.find(name).orElseThrow());
            }
        }
        switch (head) {
            case TIED -> stored.ifPresent(h -> requireEqual(h, embedding));
            case UNTIED -> {
                if (stored.isEmpty()) {
                    Type type = embedding.type();
                    changed.add(new Weight(HEAD, type, embedding.source(), embedding.data()));
                }
            }
        }
        ObjectNode config = checkpoint.config().deepCopy();
        config.put(TIE, head == Head.TIED);
        return new Checkpoint(
                checkpoint.format(), WeightTable.of(weights.source(), changed, weights), config, checkpoint.files());
    }

    private static String nearest(Weights weights) {
        List<String> near = Nearest.of(EMBEDDINGS.getFirst(), weights.names(), 3).stream()
                .map(Named::shortened)
                .toList();
        return near.isEmpty() ? "" : " The nearest that it has: " + String.join(", ", near) + ".";
    }

    private static void requireEqual(Weight head, Weight embedding) {
        if (!head.type().equals(embedding.type()) || head.segment().mismatch(embedding.segment()) >= 0) {
            throw new UserError(head.source() + ": " + Named.tensor(head.name()) + " " + head.type() + " differs from "
                    + Named.tensor(embedding.name()) + " " + embedding.type()
                    + ", so leaving it out would change the model. Leave --tie out.");
        }
    }
}
