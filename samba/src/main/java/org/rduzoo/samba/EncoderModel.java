package org.rduzoo.samba;

/// A model that reads whole texts: tokens in, a vector a token or a text out.
public non-sealed interface EncoderModel extends ZooModel {

    /// Builds the model with the head that `architectures` in the configuration names.
    ///
    /// @throws UserError when the configuration asks for what is not supported, or the weights do not fit it
    Encoder build(Config config, Params params);

    /// The most tokens that a text may have.
    int maxSequenceLength(Config config);
}
