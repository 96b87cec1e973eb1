package org.rduzoo.backend.cost;

import java.util.Locale;

/// What the time of a section goes into.
public enum Bound {
    /// The slowest stage of its pipeline, which computes.
    PIPELINE,
    /// The slowest stage, which waits for the memory units that it reads or fills.
    PMU,
    /// The slowest stage, which waits for a link of the mesh.
    MESH,
    /// Bytes between the chip and HBM.
    HBM,
    /// Bytes between the chip and DDR.
    DDR,
    /// Bytes between chips, and waiting for them.
    PEER,
    /// Launch, program load and argument load.
    START,
    /// The host, between two runs of a graph.
    HOST;

    /// As in reports: `hbm`.
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
