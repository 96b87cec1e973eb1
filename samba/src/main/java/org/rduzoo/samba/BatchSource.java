package org.rduzoo.samba;

import java.util.List;

/// Samples that can be fetched by their number, several at a time.
public interface BatchSource {

    /// Marks a place of a batch that no sample is left for.
    int NONE = -1;

    /// How many samples there are.
    int count();

    /// The tensors of a batch, the samples along their first axis. Called on a thread of the loader's.
    ///
    /// @param samples their numbers; [#NONE] stands for a sample that counts for nothing
    List<SambaTensor> batch(int[] samples);

    /// As [#batch(int[])], where samples are others in each epoch.
    ///
    /// @param epoch from 0
    default List<SambaTensor> batch(int[] samples, long epoch) {
        return batch(samples);
    }
}
