package org.rduzoo.samba;

import java.util.SequencedMap;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.UnaryFn;
import org.rduzoo.samba.Encoder.Target;
import org.rduzoo.samba.Encoder.TextInputs;

/// The graphs of an encoder, for texts of `T` tokens in batches of `B`.
public final class EncoderGraphs {

    private EncoderGraphs() {}

    /// `input_ids`, `attention_mask`, `token_type_ids` to `embedding`: `[B, C]`, or `[B, T, C]` without pooling.
    ///
    /// @param normalize whether each vector is scaled to length 1
    public static Trace embedding(
            String name, EncoderModel model, Config config, int batch, int tokens, Pooling pooling, boolean normalize) {
        Trace trace = new Trace(name);
        Encoder encoder = model.build(config, Params.shapes(trace));
        TextInputs inputs = inputs(trace, batch, tokens);
        Tensor x = pool(encoder.hidden(inputs), inputs.attentionMask(), pooling);
        trace.output("embedding", normalize ? normalize(x) : x);
        return trace;
    }

    /// `input_ids`, `attention_mask`, `token_type_ids` to `last_hidden_state` or whatever else the head yields.
    ///
    /// @param loss whether the graph also takes the head's target and yields `loss`
    public static Trace forward(String name, EncoderModel model, Config config, int batch, int tokens, boolean loss) {
        Trace trace = new Trace(name);
        Encoder encoder = model.build(config, Params.shapes(trace));
        SequencedMap<String, Tensor> outputs = encoder.outputs(encoder.hidden(inputs(trace, batch, tokens)));
        outputs.forEach(trace::output);
        if (loss) {
            Target target = encoder.target(batch, tokens)
                    .orElseThrow(() -> new UserError("This model yields nothing to measure a loss on."));
            int[] dims = target.dims().stream().mapToInt(Integer::intValue).toArray();
            trace.output("loss", encoder.loss(outputs, trace.input(target.name(), target.dtype(), dims)));
        }
        return trace;
    }

    /// `input_ids`, `attention_mask`, `token_type_ids` and the head's target to the `loss` of each place, in the
    /// target's shape, for training; and to the `logits` of a head that labels texts.
    ///
    /// @param trace an empty one, of training; it is returned
    public static Trace training(Trace trace, EncoderModel model, Config config, int batch, int tokens) {
        Encoder encoder = model.build(config, Params.shapes(trace));
        SequencedMap<String, Tensor> outputs = encoder.outputs(encoder.hidden(inputs(trace, batch, tokens)));
        Target target = encoder.target(batch, tokens)
                .orElseThrow(() -> new UserError("This model yields nothing to measure a loss on."));
        int[] dims = target.dims().stream().mapToInt(Integer::intValue).toArray();
        trace.output("loss", encoder.losses(outputs, trace.input(target.name(), target.dtype(), dims)));
        if (encoder.head() == Encoder.Head.CLASSIFICATION) {
            outputs.forEach(trace::output);
        }
        return trace;
    }

    private static TextInputs inputs(Trace trace, int batch, int tokens) {
        return new TextInputs(
                trace.input("input_ids", DType.I64, batch, tokens),
                trace.input("attention_mask", DType.I64, batch, tokens),
                trace.input("token_type_ids", DType.I64, batch, tokens));
    }

    private static Tensor pool(Tensor hidden, Tensor mask, Pooling pooling) {
        return switch (pooling) {
            case NONE -> hidden;
            case CLS -> hidden.at(1, 0);
            case MEAN -> {
                Tensor counts = mask.cast(DType.F32).reshape(hidden.dim(0), hidden.dim(1), 1);
                yield hidden.times(counts).sum(1).dividedBy(counts.sum(1).max(1e-9));
            }
        };
    }

    private static Tensor normalize(Tensor x) {
        int[] dims = x.shape().withDim(-1, 1).dims();
        return x.dividedBy(x.times(x).sum(-1).reshape(dims).apply(UnaryFn.SQRT).max(1e-12));
    }
}
