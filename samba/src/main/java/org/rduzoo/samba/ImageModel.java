package org.rduzoo.samba;

/// A model that reads images or volumes and yields scores for each of their places.
public non-sealed interface ImageModel extends ZooModel {

    /// Builds the model.
    ///
    /// @throws UserError when the configuration asks for what is not supported, or the weights do not fit it
    Segmenter build(Config config, Params params);

    /// What goes in and comes out.
    ImageForm form(Config config);
}
