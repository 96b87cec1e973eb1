package org.rduzoo.runners.generate;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.BitSet;
import java.util.SplittableRandom;
import org.rduzoo.samba.UserError;

/// Chooses one text's next token from the scores of all, as [Sampling] says. The order is that of Hugging Face's
/// `generate`: repetition penalty, temperature, top-k, top-p.
final class Sampler {

    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    private final Sampling sampling;
    private final SplittableRandom random;
    private final BitSet seen = new BitSet();
    private final float[] scores;
    /// Candidates, best first: the score's bits in an order that sorts downwards, then the token.
    private final long[] candidates;

    Sampler(Sampling sampling, int vocabulary) {
        this.sampling = sampling;
        this.random = new SplittableRandom(sampling.seed());
        this.scores = new float[vocabulary];
        this.candidates = new long[sampling.temperature() == 0 ? 0 : vocabulary];
    }

    /// Notes a token of the prompt.
    void saw(long token) {
        if (token >= 0 && token < scores.length) {
            seen.set((int) token);
        }
    }

    /// The next token, by scores that begin at byte `offset`.
    int next(MemorySegment logits, long offset) {
        MemorySegment.copy(logits, FLOAT, offset, scores, 0, scores.length);
        if (sampling.repetitionPenalty() != 1) {
            float penalty = (float) sampling.repetitionPenalty();
            for (int i = seen.nextSetBit(0); i >= 0; i = seen.nextSetBit(i + 1)) {
                scores[i] = scores[i] < 0 ? scores[i] * penalty : scores[i] / penalty;
            }
        }
        int best = best();
        int token = sampling.temperature() == 0 ? best : draw(scores[best]);
        seen.set(token);
        return token;
    }

    private int best() {
        int best = -1;
        float most = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < scores.length; i++) {
            if (scores[i] > most) {
                most = scores[i];
                best = i;
            }
        }
        if (best < 0 || most == Float.POSITIVE_INFINITY) {
            throw new UserError(
                    "the model's scores are no finite numbers. Are the weights damaged, or of another type?");
        }
        return best;
    }

    private int draw(float most) {
        float temperature = (float) sampling.temperature();
        double total = 0;
        for (int i = 0; i < scores.length; i++) {
            total += weight(scores[i], most, temperature);
        }
        // All tokens below this together are less than what top-p leaves out anyway.
        double least = sampling.topP() < 1 ? (1 - sampling.topP()) * total / scores.length : 0;
        int count = 0;
        for (int i = 0; i < scores.length; i++) {
            if (weight(scores[i], most, temperature) >= least) {
                candidates[count++] = ((long) ~ordered(scores[i]) << 32) | i;
            }
        }
        Arrays.sort(candidates, 0, count);
        if (sampling.topK() > 0 && sampling.topK() < count) {
            count = sampling.topK();
            total = sum(count, most, temperature);
        }
        if (sampling.topP() < 1) {
            double reached = 0;
            int kept = 0;
            while (kept < count && reached < sampling.topP() * total) {
                reached += weight(scores[(int) candidates[kept++]], most, temperature);
            }
            count = Math.max(1, kept);
        }
        double left = random.nextDouble() * sum(count, most, temperature);
        for (int i = 0; i < count; i++) {
            left -= weight(scores[(int) candidates[i]], most, temperature);
            if (left < 0) {
                return (int) candidates[i];
            }
        }
        return (int) candidates[count - 1];
    }

    private double sum(int count, float most, float temperature) {
        double sum = 0;
        for (int i = 0; i < count; i++) {
            sum += weight(scores[(int) candidates[i]], most, temperature);
        }
        return sum;
    }

    private static double weight(float score, float most, float temperature) {
        return Math.exp((score - most) / temperature);
    }

    /// The bits of a number as an `int` that sorts as the number does.
    private static int ordered(float x) {
        int bits = Float.floatToIntBits(x);
        return bits ^ (bits >> 31 & Integer.MAX_VALUE);
    }
}
