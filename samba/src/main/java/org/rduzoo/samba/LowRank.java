package org.rduzoo.samba;

import java.util.List;

/// Adapters of low rank (Hu et al. 2021, arXiv 2106.09685): beside `x · Wᵀ`, of which `W [out, in]` stays as it is,
/// goes
/// `scale · x · Aᵀ · Bᵀ`, of which `A [rank, in]` and `B [out, rank]` learn. Their names are those of Hugging Face's
/// PEFT: `base_model.model.P.lora_A.weight` for the layer at path `P`.
///
/// @param targets the layers that have one: their paths, or the last words of these, as in `q_proj`
/// @param drops whether training drops out what comes to `A`, with the probability of the input [#DROPOUT]
public record LowRank(int rank, double scale, List<String> targets, boolean drops) {

    /// What the names of adapters begin with, in a graph and in PEFT's files.
    public static final String PREFIX = "base_model.model.";

    /// The input with the probability of dropout.
    public static final String DROPOUT = "lora_dropout";

    private static final String A = ".lora_A";
    private static final String B = ".lora_B";

    public LowRank {
        targets = List.copyOf(targets);
    }

    /// A linear layer that has an adapter.
    ///
    /// @param turned whether its weight lies `[in, out]`
    public record Layer(String path, boolean turned) {}

    /// The name of `A` of the layer at `path`.
    public static String downName(String path) {
        return PREFIX + path + A + ".weight";
    }

    /// The name of `B` of the layer at `path`.
    public static String upName(String path) {
        return PREFIX + path + B + ".weight";
    }

    /// Whether a weight of this name is `A` or `B` of a layer.
    public static boolean isAdapter(String name) {
        return name.startsWith(PREFIX) && (name.endsWith(A + ".weight") || name.endsWith(B + ".weight"));
    }

    boolean isFor(String path) {
        return targets.stream().anyMatch(t -> path.equals(t) || path.endsWith("." + t));
    }

    /// `y`, which the layer at `path` made of `x`, with what its adapter adds. At first it adds nothing.
    Tensor added(String path, Tensor x, Tensor y) {
        Trace trace = x.trace();
        Init uniform = Init.uniform(1 / Math.sqrt(x.dim(-1)));
        Tensor down = trace.parameter(downName(path), path + A, uniform, rank, x.dim(-1));
        Tensor up = trace.parameter(upName(path), path + B, Init.ZEROS, y.dim(-1), rank);
        Tensor kept = drops ? x.dropped(DROPOUT) : x;
        return y.plus(kept.product(down).product(up).times(scale));
    }
}
