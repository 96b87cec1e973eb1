package org.rduzoo.backend.section;

import java.util.List;

/// Memory units that hold tiles of a value between the stages of a section.
///
/// @param value its number
/// @param producer index of the stage that fills it; -1 if it comes from memory
/// @param consumers indices of the stages that read it
/// @param valueBytes of all of its tiles
/// @param tileBytes of one tile; of a value that stays, all of it
/// @param depth tiles that it holds: 2 between neighbours, one more for each stage that a tile waits for
/// @param stays whether the value lies there whole, such as a weight
/// @param pmus memory units that it is spread over
public record StageBuffer(
        int value,
        int producer,
        List<Integer> consumers,
        long valueBytes,
        long tileBytes,
        int depth,
        boolean stays,
        int pmus) {

    public StageBuffer {
        consumers = List.copyOf(consumers);
    }

    /// All of its bytes.
    public long bytes() {
        return tileBytes * depth;
    }

    StageBuffer withPmus(int count) {
        return new StageBuffer(value, producer, consumers, valueBytes, tileBytes, depth, stays, count);
    }
}
