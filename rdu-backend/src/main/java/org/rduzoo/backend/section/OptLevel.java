package org.rduzoo.backend.section;

import java.util.Locale;

/// How the graph is cut into sections.
public enum OptLevel {
    /// An operation a section.
    O0,
    /// Known patterns together: attention, feed-forward, a norm with the product that reads it.
    O1,
    /// The cut of the whole graph that costs least.
    O3;

    /// The name as an option, as in `o3`.
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
