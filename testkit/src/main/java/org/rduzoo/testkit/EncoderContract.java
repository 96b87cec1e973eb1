package org.rduzoo.testkit;

import org.rduzoo.ir.Graph;
import org.rduzoo.samba.EncoderGraphs;
import org.rduzoo.samba.EncoderModel;
import org.rduzoo.samba.Params;
import org.rduzoo.samba.Trace;

/// What every encoder of the zoo keeps. A model's test extends this and names its answers:
///
/// ```java
/// final class BertTest extends EncoderContract {
///     BertTest() {
///         super(new BertModel(), "bert", "bert-mlm");
///     }
/// }
/// ```
public abstract class EncoderContract extends ModelContract {

    /// What bf16 may cost, relative to the greatest element of an output.
    public static final double BF16_TOLERANCE = 1 / 32.0;

    private final EncoderModel model;

    /// @param folders the folders of [ModelGolden]s beside the test
    protected EncoderContract(EncoderModel model, String... folders) {
        super(BF16_TOLERANCE, folders);
        this.model = model;
    }

    /// The graph that yields the outputs and the loss of `golden`, as it is traced.
    public static Graph trace(EncoderModel model, ModelGolden golden) {
        return forward(model, golden).graph();
    }

    private static Trace forward(EncoderModel model, ModelGolden golden) {
        int[] dims = golden.batchAndTokens();
        return EncoderGraphs.forward(model.name(), model, golden.config(), dims[0], dims[1], true);
    }

    @Override
    final Trace forward(ModelGolden golden) {
        return forward(model, golden);
    }

    @Override
    final Object build(ModelGolden golden, Params params) {
        return model.build(golden.config(), params);
    }
}
