package org.rduzoo.backend.cost;

/// A stage of a section's pipeline, with the units that it got.
///
/// @param id its index in [SectionLayout#stages]
/// @param place index into the nodes of any section that runs the program
/// @param depth stages before it on the longest way through the section
/// @param op name of the operation
/// @param pcus compute units
/// @param times what it takes for all tiles of one run
/// @param critical whether the pipeline waits for it: no other stage takes longer
public record Stage(int id, int place, int depth, String op, int pcus, StageTimes times, boolean critical) {}
