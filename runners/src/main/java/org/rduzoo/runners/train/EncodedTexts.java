package org.rduzoo.runners.train;

import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Type;
import org.rduzoo.runners.text.Tokenizer;
import org.rduzoo.samba.BatchSource;
import org.rduzoo.samba.Losses;
import org.rduzoo.samba.SambaTensor;
import org.rduzoo.samba.UserError;

/// Texts as an encoder is trained on them: `input_ids`, `attention_mask`, `token_type_ids`, each `i64[B, T]`, with
/// `labels` and what each counts.
///
/// @param tokens how many of a row, padding included
/// @param padding the token of padding
public record EncodedTexts(List<Text> texts, int tokens, long padding, Target target) implements BatchSource {

    /// @param label the number of its label, where it has one
    public record Text(Tokenizer.Tokens tokens, boolean[] special, int label) {}

    /// What is learned.
    public sealed interface Target {}

    /// A label a text.
    public record Labels() implements Target {}

    /// The tokens behind masks. Of the tokens that are not special 15 % are chosen, others each time; of those 80 % are
    /// masked, 10 % become any token, and the rest stay (Devlin et al. 2018).
    ///
    /// @param mask the token that masks
    /// @param vocabulary how many tokens there are
    public record Masked(long mask, int vocabulary, long seed) implements Target {}

    private static final double CHOSEN = 0.15;
    private static final double MASKED = 0.8;
    private static final double REPLACED = 0.1;

    @Override
    public int count() {
        return texts.size();
    }

    @Override
    public List<SambaTensor> batch(int[] samples) {
        Type whole = Type.of(DType.I64, samples.length, tokens);
        Type places = target instanceof Labels ? Type.of(DType.I64, samples.length) : whole;
        SambaTensor ids = SambaTensor.zeros("input_ids", whole);
        SambaTensor mask = SambaTensor.zeros("attention_mask", whole);
        SambaTensor types = SambaTensor.zeros("token_type_ids", whole);
        SambaTensor labels = SambaTensor.zeros("labels", places);
        SambaTensor scale = SambaTensor.zeros(TrainingSession.SCALE, places.withDType(DType.F32));
        List<Integer> counted = new ArrayList<>();
        SplittableRandom random = random(samples);
        for (int b = 0; b < samples.length; b++) {
            for (int t = 0; t < tokens; t++) {
                set(ids, b * tokens + t, padding);
            }
            // A row without a text has one token to see, and counts for nothing.
            set(mask, b * tokens, 1);
            if (samples[b] == NONE) {
                for (int t = 0; target instanceof Masked && t < tokens; t++) {
                    set(labels, b * tokens + t, Losses.IGNORED);
                }
                continue;
            }
            Text text = texts.get(samples[b]);
            for (int t = 0; t < text.tokens.ids().length; t++) {
                set(ids, b * tokens + t, text.tokens.ids()[t]);
                set(types, b * tokens + t, text.tokens.typeIds()[t]);
                set(mask, b * tokens + t, 1);
            }
            switch (target) {
                case Labels _ -> {
                    set(labels, b, text.label);
                    counted.add(b);
                }
                case Masked masked -> mask(masked, text, b * tokens, ids, labels, random, counted);
            }
        }
        for (int place : counted) {
            scale.segment().setAtIndex(ValueLayout.JAVA_FLOAT, place, 1f / counted.size());
        }
        return List.of(ids, mask, types, labels, scale);
    }

    /// The same for the same samples in the same order.
    private SplittableRandom random(int[] samples) {
        long seed = target instanceof Masked m ? m.seed : 0;
        for (int sample : samples) {
            seed = (seed ^ sample) * 0x9E3779B97F4A7C15L;
            seed ^= seed >>> 29;
        }
        return new SplittableRandom(seed);
    }

    private void mask(
            Masked how,
            Text text,
            int first,
            SambaTensor ids,
            SambaTensor labels,
            SplittableRandom random,
            List<Integer> counted) {
        for (int t = 0; t < tokens; t++) {
            boolean chosen = t < text.tokens.ids().length && !text.special[t] && random.nextDouble() < CHOSEN;
            set(labels, first + t, chosen ? text.tokens.ids()[t] : Losses.IGNORED);
            if (chosen) {
                counted.add(first + t);
                double fate = random.nextDouble();
                if (fate < MASKED) {
                    set(ids, first + t, how.mask);
                } else if (fate < MASKED + REPLACED) {
                    set(ids, first + t, random.nextInt(how.vocabulary));
                }
            }
        }
    }

    private static void set(SambaTensor tensor, int at, long value) {
        tensor.segment().setAtIndex(ValueLayout.JAVA_LONG, at, value);
    }

    /// The token that masks others.
    ///
    /// @throws UserError when the tokenizer has none
    public static long maskToken(Tokenizer tokenizer) {
        long[] ids = tokenizer.encode("[MASK]", false).ids();
        if (ids.length != 1) {
            throw new UserError("the tokenizer has no token [MASK], which training on plain lines needs."
                    + " Give JSON lines with labels, or a checkpoint with that token.");
        }
        return ids[0];
    }
}
