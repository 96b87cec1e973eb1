package org.rduzoo.checkpoint.gguf;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// The names of a Llama's tensors in GGUF and in Hugging Face's checkpoints, and which of them have their
/// rows in another order. One table, read both ways.
final class LlamaTensors {

    /// What GGUF does to the rows of a tensor.
    enum Rows {
        SAME,
        /// The two halves of each query head interleaved, as the rotary embedding there takes neighbours
        /// for a pair.
        QUERY_HEADS,
        /// The same for each key head.
        KEY_HEADS
    }

    /// One line of the table; `*` stands for the layer.
    record Rule(String gguf, String huggingFace, Rows rows) {

        /// The layer of a rule with the layer filled in; -1 for what comes before all layers, the largest number for
        /// what comes after.
        int layer() {
            if (gguf.startsWith(LAYER)) {
                return Integer.parseInt(gguf.substring(LAYER.length(), gguf.indexOf('.', LAYER.length())));
            }
            return gguf.startsWith("output") ? Integer.MAX_VALUE : -1;
        }

        /// This rule with the layer filled in, if `name` is what `pattern`, one of its two, stands for.
        private Optional<Rule> of(String name, String pattern) {
            int star = pattern.indexOf('*');
            if (star < 0) {
                return name.equals(pattern) ? Optional.of(this) : Optional.empty();
            }
            int end = name.length() - (pattern.length() - star - 1);
            if (end <= star
                    || !name.startsWith(pattern.substring(0, star))
                    || !name.endsWith(pattern.substring(star + 1))) {
                return Optional.empty();
            }
            String layer = name.substring(star, end);
            return layer.length() <= MOST_DIGITS && layer.chars().allMatch(c -> c >= '0' && c <= '9')
                    ? Optional.of(new Rule(gguf.replace("*", layer), huggingFace.replace("*", layer), rows))
                    : Optional.empty();
        }
    }

    private static final int MOST_DIGITS = 5;
    private static final String LAYER = "blk.";

    /// Factors that slow rotations down: settings in `config.json`, and no tensor of Hugging Face's.
    static final String ROPE_FACTORS = "rope_freqs.weight";

    private static final List<Rule> RULES = List.of(
            same("token_embd.weight", "model.embed_tokens.weight"),
            same("output_norm.weight", "model.norm.weight"),
            same("output.weight", "lm_head.weight"),
            same("blk.*.attn_norm.weight", "model.layers.*.input_layernorm.weight"),
            same("blk.*.ffn_norm.weight", "model.layers.*.post_attention_layernorm.weight"),
            new Rule("blk.*.attn_q.weight", "model.layers.*.self_attn.q_proj.weight", Rows.QUERY_HEADS),
            new Rule("blk.*.attn_q.bias", "model.layers.*.self_attn.q_proj.bias", Rows.QUERY_HEADS),
            new Rule("blk.*.attn_k.weight", "model.layers.*.self_attn.k_proj.weight", Rows.KEY_HEADS),
            new Rule("blk.*.attn_k.bias", "model.layers.*.self_attn.k_proj.bias", Rows.KEY_HEADS),
            same("blk.*.attn_v.weight", "model.layers.*.self_attn.v_proj.weight"),
            same("blk.*.attn_v.bias", "model.layers.*.self_attn.v_proj.bias"),
            same("blk.*.attn_output.weight", "model.layers.*.self_attn.o_proj.weight"),
            same("blk.*.attn_output.bias", "model.layers.*.self_attn.o_proj.bias"),
            same("blk.*.ffn_gate.weight", "model.layers.*.mlp.gate_proj.weight"),
            same("blk.*.ffn_gate.bias", "model.layers.*.mlp.gate_proj.bias"),
            same("blk.*.ffn_up.weight", "model.layers.*.mlp.up_proj.weight"),
            same("blk.*.ffn_up.bias", "model.layers.*.mlp.up_proj.bias"),
            same("blk.*.ffn_down.weight", "model.layers.*.mlp.down_proj.weight"),
            same("blk.*.ffn_down.bias", "model.layers.*.mlp.down_proj.bias"));

    private LlamaTensors() {}

    /// The rule for a tensor by its name in GGUF, with the layer filled in.
    static Optional<Rule> fromGguf(String name) {
        return RULES.stream().flatMap(r -> r.of(name, r.gguf()).stream()).findFirst();
    }

    /// The rule for a tensor by its name in Hugging Face's checkpoints, with the layer filled in.
    static Optional<Rule> fromHuggingFace(String name) {
        return RULES.stream().flatMap(r -> r.of(name, r.huggingFace()).stream()).findFirst();
    }

    /// All names of Hugging Face's, for messages.
    static List<String> huggingFaceNames() {
        return RULES.stream().map(Rule::huggingFace).toList();
    }

    /// The names of Hugging Face's that every Llama has; biases are optional.
    ///
    /// @param tied whether the head is the embedding
    static Stream<String> required(int layers, boolean tied) {
        return RULES.stream()
                .map(Rule::huggingFace)
                .filter(n -> n.endsWith(".weight") && !(tied && n.equals("lm_head.weight")))
                .flatMap(n -> n.contains("*")
                        ? IntStream.range(0, layers).mapToObj(i -> n.replace("*", Integer.toString(i)))
                        : Stream.of(n));
    }

    /// Which row of a GGUF tensor is row `row` of Hugging Face's, for heads of `headDim` rows each: there,
    /// row `i` of a head's first half and row `i` of its second lie one behind the other.
    static long ggufRow(long row, int headDim) {
        long head = row / headDim;
        int within = (int) (row % headDim);
        int half = headDim / 2;
        return head * headDim + (within % half) * 2L + within / half;
    }

    /// The inverse of [#ggufRow]: which row of Hugging Face's tensor is row `row` of the GGUF one.
    static long huggingFaceRow(long row, int headDim) {
        long head = row / headDim;
        int within = (int) (row % headDim);
        return head * headDim + (within % 2) * (headDim / 2L) + within / 2;
    }

    private static Rule same(String gguf, String huggingFace) {
        return new Rule(gguf, huggingFace, Rows.SAME);
    }
}
