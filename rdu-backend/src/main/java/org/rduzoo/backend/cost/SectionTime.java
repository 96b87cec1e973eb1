package org.rduzoo.backend.cost;

/// The time of a section in seconds, in parts that follow each other: they add up to all of it.
///
/// @param launch telling the chip to start
/// @param programLoad putting the program on the chip, where another ran before
/// @param argumentLoad telling it where its values lie
/// @param edges loading the first tile and storing the last, while nothing else can run
/// @param execution stages and memories at work, as long as the slowest of them takes
/// @param peer waiting for other chips
public record SectionTime(
        double launch, double programLoad, double argumentLoad, double edges, double execution, double peer) {

    public static final SectionTime NONE = new SectionTime(0, 0, 0, 0, 0, 0);

    public double seconds() {
        return launch + programLoad + argumentLoad + edges + execution + peer;
    }

    /// Before the section computes anything.
    public double start() {
        return launch + programLoad + argumentLoad;
    }

    public SectionTime plus(SectionTime t) {
        return new SectionTime(
                launch + t.launch,
                programLoad + t.programLoad,
                argumentLoad + t.argumentLoad,
                edges + t.edges,
                execution + t.execution,
                peer + t.peer);
    }

    public SectionTime times(int n) {
        return new SectionTime(n * launch, n * programLoad, n * argumentLoad, n * edges, n * execution, n * peer);
    }
}
