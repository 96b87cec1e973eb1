package org.rduzoo.runners;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.rduzoo.ir.DType;
import org.rduzoo.samba.Config;
import org.rduzoo.samba.DecoderModel;
import org.rduzoo.samba.Encoder;
import org.rduzoo.samba.EncoderModel;
import org.rduzoo.samba.ImageModel;
import org.rduzoo.samba.Weights;
import org.rduzoo.samba.ZooModel;

/// A model as what takes tensors by name.
///
/// @param inputs what it takes besides what a loss is measured against; the first is needed
/// @param targets what a loss is measured against, if there is one to measure
/// @param unlabelled how many tokens of a text a label says nothing of: the first of a decoder's, which nothing
/// predicts
record TensorModel(ZooModel model, List<String> inputs, Targets targets, int unlabelled) {

    static final String IDS = "input_ids";
    static final String MASK = "attention_mask";
    static final String TYPES = "token_type_ids";

    /// What a loss is measured against, for texts of a shape.
    @FunctionalInterface
    interface Targets {
        Optional<Encoder.Target> of(int batch, int tokens);
    }

    /// Builds the model over the weights, which checks them against the configuration.
    static TensorModel checked(ZooModel model, Config config, Weights weights) {
        return switch (model) {
            case EncoderModel m ->
                new TensorModel(m, List.of(IDS, MASK, TYPES), Encoders.checked(m, config, weights)::target, 0);
            case ImageModel m -> throw new IllegalStateException(m.name() + " reads no texts");
            case DecoderModel m -> {
                DecoderRun.checked(m, config, weights);
                yield new TensorModel(m, List.of(IDS, MASK), TensorModel::labels, 1);
            }
        };
    }

    /// Builds the model over shapes.
    static TensorModel shapes(ZooModel model, Config config) {
        return switch (model) {
            case EncoderModel m -> new TensorModel(m, List.of(IDS, MASK, TYPES), Encoders.shapes(m, config)::target, 0);
            case ImageModel m -> throw new IllegalStateException(m.name() + " reads no texts");
            case DecoderModel m -> new TensorModel(m, List.of(IDS, MASK), TensorModel::labels, 1);
        };
    }

    private static Optional<Encoder.Target> labels(int batch, int tokens) {
        return Optional.of(new Encoder.Target("labels", DType.I64, List.of(batch, tokens), Encoder.Reduction.MEAN));
    }

    /// The names of all tensors that it takes.
    List<String> names(int batch, int tokens) {
        List<String> names = new ArrayList<>(inputs);
        targets.of(batch, tokens).ifPresent(t -> names.add(t.name()));
        return names;
    }
}
