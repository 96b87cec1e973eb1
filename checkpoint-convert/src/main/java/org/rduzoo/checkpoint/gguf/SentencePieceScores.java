package org.rduzoo.checkpoint.gguf;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.rduzoo.checkpoint.file.Named;
import org.rduzoo.checkpoint.gguf.GgufVocabulary.Use;
import org.rduzoo.samba.UserError;

/// The scores of a SentencePiece vocabulary, found again from its merges: the inverse of [SentencePieceMerges].
///
/// A token's score says when two others become it: the higher, the earlier. In the merges, that is the place of the
/// first
/// one that makes it. SentencePiece numbers its tokens in that order and gives the n-th the score -n; where the numbers
/// are in the order of the merges, so are these scores.
final class SentencePieceScores {

    private SentencePieceScores() {}

    /// A score for each token.
    ///
    /// @throws UserError if no scores give these merges, as a token is made both before and after another
    static float[] of(String where, List<List<String>> merges, Map<String, Integer> ids, List<Use> uses) {
        Map<Integer, Integer> places = new HashMap<>();
        int last = -1;
        boolean byNumber = true;
        for (List<String> merge : merges) {
            String made = merge.getFirst() + merge.getLast();
            Integer id = ids.get(made);
            if (id == null) {
                throw new UserError(where + ": a merge makes \"" + Named.shortened(made)
                        + "\", which is no token. Mend it, or get it again.");
            }
            if (id != last) {
                if (places.put(id, places.size()) != null) {
                    throw new UserError(where + ": the merges that make \"" + Named.shortened(made)
                            + "\" do not follow one another, so no scores, which GGUF has in their place, can say the"
                            + " same.\nWrite a Hugging Face folder instead.");
                }
                byNumber &= id > last;
                last = id;
            }
        }
        float[] scores = new float[uses.size()];
        int first = firstNormal(uses);
        for (int id = 0; id < scores.length; id++) {
            Integer place = places.get(id);
            if (byNumber && uses.get(id) == Use.NORMAL) {
                scores[id] = first - id;
            } else if (place != null) {
                scores[id] = -place;
            }
        }
        return scores;
    }

    private static int firstNormal(List<Use> uses) {
        int first = uses.indexOf(Use.NORMAL);
        return Math.max(first, 0);
    }
}
