package org.rduzoo.samba;

import java.util.Optional;

/// A model of the zoo: what the runner finds with [java.util.ServiceLoader]. Its kind says how it is fed and read.
public sealed interface ZooModel permits EncoderModel, DecoderModel, ImageModel {

    /// The name on the command line, as in `bert`.
    String name();

    /// What it is, in one line.
    String summary();

    /// The checkpoint that is used when the user names none.
    Optional<DefaultCheckpoint> defaultCheckpoint();

    /// A checkpoint in ONNX form that Maven's central repository holds inside a jar.
    ///
    /// @param name a short name, as in `all-minilm-l6-v2`
    /// @param artifact `group:artifact:version`
    /// @param sha256 the jar's checksum, in hexadecimal
    /// @param model the entry that holds the ONNX file
    /// @param tokenizer the entry that holds `tokenizer.json`
    /// @param maxSequenceLength the longest text, in tokens, that the model was made for
    record DefaultCheckpoint(
            String name, String artifact, String sha256, String model, String tokenizer, int maxSequenceLength) {}
}
