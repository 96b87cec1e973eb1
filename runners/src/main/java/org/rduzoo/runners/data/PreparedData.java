package org.rduzoo.runners.data;

import java.nio.file.Path;
import java.util.SequencedMap;

/// A data set that was made.
///
/// @param files rows by the name of each packed file
/// @param skipped lines of the input that were passed over
public record PreparedData(
        Path output,
        int rowLength,
        SequencedMap<String, Integer> files,
        int testFiles,
        PackingMetrics train,
        PackingMetrics dev,
        int skipped) {}
