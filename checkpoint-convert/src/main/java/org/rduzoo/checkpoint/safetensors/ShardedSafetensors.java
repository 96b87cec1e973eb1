package org.rduzoo.checkpoint.safetensors;

import java.nio.file.Path;
import org.rduzoo.checkpoint.tensor.ShardedWeights;

/// Weights in several safetensors files, and the index that says which tensor lies in which.
public final class ShardedSafetensors {

    /// The name of an index in a Hugging Face folder.
    public static final String INDEX = "model.safetensors.index.json";

    /// The name of the file in a folder that needs no index.
    public static final String SINGLE = "model.safetensors";

    private ShardedSafetensors() {}

    /// Opens every shard that `index` names, as [ShardedWeights#open] does.
    public static ShardedWeights open(Path index) {
        return ShardedWeights.open(index, SafetensorsFile::open);
    }
}
