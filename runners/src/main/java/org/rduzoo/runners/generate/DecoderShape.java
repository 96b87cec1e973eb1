package org.rduzoo.runners.generate;

import java.util.ArrayList;
import java.util.List;

/// The shapes that a decoder is compiled for.
///
/// @param batch how many texts go through at once
/// @param slots how many tokens of each the cache holds
/// @param chunks the lengths that a prompt goes through in, in ascending order
public record DecoderShape(int batch, int slots, List<Integer> chunks) {

    /// The graph for one token.
    public static final String DECODE = "decode";

    private static final String PREFILL = "prefill_";

    /// From this share of a chunk on, one that is padded costs less than several small ones.
    private static final double WORTH_PADDING = 0.75;

    public DecoderShape {
        chunks = List.copyOf(chunks);
    }

    // A record's own method is linked when it is first called, which takes some milliseconds of each start.
    @Override
    public String toString() {
        return "batch " + batch + ", slots " + slots + ", chunks " + chunks;
    }

    /// The graph for `chunk` tokens.
    public static String prefill(int chunk) {
        return PREFILL + chunk;
    }

    /// The tokens of a graph for prompts, or 0 if it is none.
    public static int chunk(String graph) {
        return graph.matches(PREFILL + "\\d{1,9}") ? Integer.parseInt(graph.substring(PREFILL.length())) : 0;
    }

    /// The chunks for a prompt of `tokens`: as few tokens of padding as can be had for few chunks.
    public List<Integer> plan(int tokens) {
        List<Integer> plan = new ArrayList<>();
        int left = tokens;
        while (left > 0) {
            int chunk = next(left);
            plan.add(chunk);
            left -= chunk;
        }
        return plan;
    }

    private int next(int left) {
        int best = chunks.getFirst();
        for (int chunk : chunks) {
            if (left >= WORTH_PADDING * chunk) {
                best = chunk;
            }
        }
        return best;
    }
}
