package org.rduzoo.samba;

import java.util.Arrays;
import java.util.Optional;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Dense;
import org.rduzoo.ir.Type;

/// The graphs of a decoder, for texts in batches of `B`.
public final class DecoderGraphs {

    private DecoderGraphs() {}

    /// One step of generation: the next `tokens` of each text, in texts of at most `slots` tokens.
    ///
    /// Inputs: `input_ids i64[B, T]`; `start i64[B]`, how many tokens of each text came before; `valid i64[B]`, how
    /// many
    /// there are with these. Output: `logits [B, V]` of the last of them.
    ///
    /// @param chunk the most tokens that any graph with the same memory brings at a time; a layer with a window keeps
    /// no
    ///     more than it and that need
    public static Trace step(
            String name, DecoderModel model, Config config, int batch, int tokens, int slots, int chunk) {
        Trace trace = new Trace(name);
        CausalLm lm = model.build(config, Params.shapes(trace));
        Tensor inputIds = trace.input("input_ids", DType.I64, batch, tokens);
        Tensor start = trace.input("start", DType.I64, batch);
        Tensor valid = trace.input("valid", DType.I64, batch);
        Tensor hidden = lm.hidden(inputIds, KvCache.of(trace, lm.cacheShapes(), slots, chunk, start, valid));
        Tensor last = tokens == 1 ? hidden.at(1, 0) : hidden.lastRow(start, valid);
        trace.output("logits", lm.logits(last));
        return trace;
    }

    /// Whole texts: `input_ids`, `attention_mask`, each `i64[B, T]`, to `logits [B, T, V]`.
    ///
    /// @param loss whether the graph also takes `labels i64[B, T]` and yields `loss`, the mean cross entropy of each
    ///     token's prediction of the next; labels are not shifted, and those of -100 are left out
    public static Trace forward(String name, DecoderModel model, Config config, int batch, int tokens, boolean loss) {
        Trace trace = new Trace(name);
        CausalLm lm = model.build(config, Params.shapes(trace));
        Tensor inputIds = trace.input("input_ids", DType.I64, batch, tokens);
        Tensor mask = trace.input("attention_mask", DType.I64, batch, tokens);
        KvCache cache = KvCache.none(trace, batch, lm.cacheShapes(), Optional.of(mask), Optional.empty());
        Tensor logits = lm.logits(lm.hidden(inputIds, cache));
        trace.output("logits", logits);
        if (loss) {
            Tensor labels = trace.input("labels", DType.I64, batch, tokens);
            trace.output("loss", Losses.crossEntropy(logits, next(trace, labels)));
        }
        return trace;
    }

    /// Whole texts to the `loss f32[B, T]` of each prediction, for training.
    ///
    /// Inputs: `input_ids i64[B, T]`; `labels i64[B, T]`, the token after each, or -100 where none counts; and which
    /// tokens see each other: `segments i64[B, T]` if several texts are packed in a row, else `attention_mask`.
    ///
    /// @param trace an empty one, of training; it is returned
    public static Trace training(
            Trace trace, DecoderModel model, Config config, int batch, int tokens, boolean packed) {
        CausalLm lm = model.build(config, Params.shapes(trace));
        Tensor inputIds = trace.input("input_ids", DType.I64, batch, tokens);
        Tensor seen = trace.input(packed ? "segments" : "attention_mask", DType.I64, batch, tokens);
        Optional<Tensor> segments = packed ? Optional.of(seen) : Optional.empty();
        Optional<Tensor> mask = packed ? Optional.empty() : Optional.of(seen);
        KvCache cache = KvCache.none(trace, batch, lm.cacheShapes(), mask, segments);
        Tensor labels = trace.input("labels", DType.I64, batch, tokens);
        trace.output("loss", Losses.crossEntropies(lm.logits(lm.hidden(inputIds, cache)), labels));
        return trace;
    }

    /// Each token's label is the next token's; the last has none.
    private static Tensor next(Trace trace, Tensor labels) {
        double[] none = new double[labels.dim(0)];
        Arrays.fill(none, Losses.IGNORED);
        Tensor last = trace.constant(new Dense(Type.of(DType.I64, labels.dim(0), 1), none));
        return labels.slice(1, 1, labels.dim(1) - 1).concat(1, last);
    }
}
