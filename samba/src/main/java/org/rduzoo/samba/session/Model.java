package org.rduzoo.samba.session;

import java.util.LinkedHashMap;
import java.util.SequencedMap;
import org.rduzoo.samba.Params;
import org.rduzoo.samba.Tensor;

/// A model as a session traces it: from named inputs to named outputs. The output `loss`, if there is one, is what
/// training minimises: a number for each sample, or each place of one, not their mean.
@FunctionalInterface
public interface Model {

    /// The output that is minimised.
    String LOSS = "loss";

    SequencedMap<String, Tensor> forward(Params params, Inputs inputs);

    /// What a model is given, by name.
    @FunctionalInterface
    interface Inputs {

        /// @throws org.rduzoo.samba.UserError when there is none of this name
        Tensor get(String name);
    }

    static SequencedMap<String, Tensor> outputs(String name, Tensor tensor) {
        SequencedMap<String, Tensor> outputs = new LinkedHashMap<>();
        outputs.put(name, tensor);
        return outputs;
    }

    static SequencedMap<String, Tensor> outputs(String first, Tensor one, String second, Tensor other) {
        SequencedMap<String, Tensor> outputs = outputs(first, one);
        outputs.put(second, other);
        return outputs;
    }
}
