package org.rduzoo.checkpoint.gguf;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/// The merges of a SentencePiece vocabulary, which has scores in their place: two neighbours become one
/// token whenever that token exists, the best score first. So each way to cut a token into two others is a
/// merge, in order of score.
final class SentencePieceMerges {

    /// A longer token is not put together from others. SentencePiece itself makes none over 16 characters.
    private static final int LONGEST = 512;

    /// Two tokens that become one.
    record Merge(String left, String right, double score) {}

    private SentencePieceMerges() {}

    /// The merges, first to last.
    ///
    /// @param scores of all tokens that merges may make, by token, in the order of their ids
    /// @param ids of all tokens
    static List<Merge> of(Map<String, Double> scores, Map<String, Integer> ids) {
        List<Merge> merges = new ArrayList<>();
        scores.forEach((token, score) -> {
            if (token.length() > LONGEST) {
                return;
            }
            List<Merge> cuts = new ArrayList<>();
            for (int at = token.offsetByCodePoints(0, token.isEmpty() ? 0 : 1);
                    at < token.length();
                    at = token.offsetByCodePoints(at, 1)) {
                String left = token.substring(0, at);
                String right = token.substring(at);
                if (scores.containsKey(left) && scores.containsKey(right)) {
                    cuts.add(new Merge(left, right, score));
                }
            }
            cuts.sort(Comparator.comparing((Merge m) -> ids.getOrDefault(m.left(), 0))
                    .thenComparing(m -> ids.getOrDefault(m.right(), 0)));
            merges.addAll(cuts);
        });
        merges.sort(Comparator.comparingDouble(Merge::score)
                .thenComparingInt((Merge m) -> characters(m.left()))
                .thenComparingInt(m -> characters(m.right()))
                .reversed());
        return merges;
    }

    private static int characters(String text) {
        return text.codePointCount(0, text.length());
    }
}
