package org.rduzoo.samba.data;

import java.lang.foreign.ValueLayout;
import java.util.List;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Type;
import org.rduzoo.samba.BatchSource;
import org.rduzoo.samba.SambaTensor;

/// What a decoder is trained with, from packed rows: `B` rows of `T` tokens a batch.
///
/// - `input_ids i64[B, T]`: the tokens.
/// - `labels i64[B, T]`: the token after each, or [#IGNORED] where it does not count.
/// - `segments i64[B, T]`: the articles of a row numbered from 1, padding 0. A token attends to tokens of its own
///   segment alone, so that articles that share a row do not see each other. The separator belongs to the article that
///   it ends.
/// - `grad_scale f32[B, T]`: what each prediction counts in the loss. It is 0 where the token after is padding, where
///   there is none, and where it begins another article, which nothing before it tells of. Over the batch it sums to 1,
///   so the sum of the losses times it is the mean loss.
///
/// @param promptWeight what a token of a prompt counts, as against 1 for one of a completion
public record PackedBatches(PackedRows rows, double promptWeight) implements BatchSource {

    /// The label of a prediction that does not count.
    public static final long IGNORED = -100;

    public PackedBatches {
        if (!(promptWeight >= 0 && promptWeight <= 1)) {
            throw new IllegalArgumentException("promptWeight is " + promptWeight);
        }
    }

    /// All tokens count the same, as in SambaFlow.
    public static PackedBatches of(PackedRows rows) {
        return new PackedBatches(rows, 1);
    }

    @Override
    public int count() {
        return Math.toIntExact(rows.count());
    }

    @Override
    public List<SambaTensor> batch(int[] samples) {
        int length = rows.length();
        int[] ids = new int[length];
        byte[] types = new byte[length];
        Type whole = Type.of(DType.I64, samples.length, length);
        SambaTensor inputIds = SambaTensor.zeros("input_ids", whole);
        SambaTensor labels = SambaTensor.zeros("labels", whole);
        SambaTensor segments = SambaTensor.zeros("segments", whole);
        SambaTensor scale = SambaTensor.zeros("grad_scale", whole.withDType(DType.F32));
        double[] weights = new double[samples.length * length];
        double sum = 0;
        for (int b = 0; b < samples.length; b++) {
            boolean given = samples[b] != NONE;
            if (given) {
                rows.read(samples[b], ids, types, 0);
            }
            long segment = 1;
            for (int t = 0; t < length; t++) {
                int at = b * length + t;
                double weight = given && t + 1 < length ? weight(types[t], types[t + 1]) : 0;
                weights[at] = weight;
                sum += weight;
                set(labels, at, weight > 0 ? ids[t + 1] : IGNORED);
                if (given) {
                    set(inputIds, at, ids[t]);
                    set(segments, at, types[t] == TokenType.PADDING.id() ? 0 : segment);
                    segment += types[t] == TokenType.SEPARATOR.id() ? 1 : 0;
                }
            }
        }
        for (int i = 0; sum > 0 && i < weights.length; i++) {
            scale.segment().setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) (weights[i] / sum));
        }
        return List.of(
                inputIds.withBatchDim(0), labels.withBatchDim(0), segments.withBatchDim(0), scale.withBatchDim(0));
    }

    /// What counts the prediction of a token of type `target` at one of type `type`.
    private double weight(byte type, byte target) {
        if (target == TokenType.PADDING.id() || type == TokenType.SEPARATOR.id()) {
            return 0;
        }
        return target == TokenType.PROMPT.id() ? promptWeight : 1;
    }

    private static void set(SambaTensor tensor, int at, long value) {
        tensor.segment().setAtIndex(ValueLayout.JAVA_LONG, at, value);
    }
}
