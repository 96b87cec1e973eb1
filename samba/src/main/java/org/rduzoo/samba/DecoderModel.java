package org.rduzoo.samba;

/// A model that continues texts: tokens in, a score for each possible next token out.
public non-sealed interface DecoderModel extends ZooModel {

    /// Builds the model.
    ///
    /// @throws UserError when the configuration asks for what is not supported, or the weights do not fit it
    CausalLm build(Config config, Params params);

    /// The most tokens that a text, its continuation included, may have.
    int maxSequenceLength(Config config);
}
