package org.rduzoo.backend.section;

import java.util.List;
import java.util.stream.IntStream;

/// Memory units that hold tiles of a value between the stages of a section.
///
/// @param value its number
/// @param producer index of the stage that fills it; -1 if it comes from memory
/// @param readers what takes it from there
/// @param valueBytes that fill it in one run
/// @param tileBytes of one tile; of a value that stays, all of it
/// @param depth tiles that it holds: 2 between neighbours, one more for each stage that a tile waits for
/// @param stays whether the value lies there whole, such as a weight
/// @param pmus memory units that it is spread over
public record StageBuffer(
        int value,
        int producer,
        List<Reader> readers,
        long valueBytes,
        long tileBytes,
        int depth,
        boolean stays,
        int pmus) {

    /// What takes a value from a buffer.
    ///
    /// @param stage its index; -1 if that is the memory off the fabric
    /// @param bytes that the buffer hands out for it in one run
    /// @param groups of its units that each take another part; what one of them takes goes to all of a group at once
    public record Reader(int stage, Operand operand, long bytes, int groups) {

        /// The same for a stage of so many units.
        Reader on(StageWork work, int pcus) {
            return new Reader(stage, operand, (long) (bytes * work.reads(operand, pcus)), work.groups(operand, pcus));
        }
    }

    public StageBuffer {
        readers = List.copyOf(readers);
    }

    /// Indices of the stages that read it.
    public List<Integer> consumers() {
        return readers.stream().map(Reader::stage).filter(s -> s >= 0).toList();
    }

    /// Indices of the stages that fill or read it.
    public IntStream stages() {
        IntStream readers = this.readers.stream().mapToInt(Reader::stage);
        return IntStream.concat(readers, IntStream.of(producer)).filter(s -> s >= 0);
    }

    /// All of its bytes.
    public long bytes() {
        return tileBytes * depth;
    }

    /// Handed out in one run.
    public long readBytes() {
        return readers.stream().mapToLong(Reader::bytes).reduce(0, OpCost::plus);
    }

    /// Through the busier side of its memory units in one run: they are filled and read at the same time.
    public long passing() {
        return Math.max(valueBytes, readBytes());
    }

    /// The same where stages have so many units.
    public StageBuffer on(List<StageNode> stages, int[] pcus) {
        List<Reader> readers = this.readers.stream()
                .map(r -> r.stage < 0 ? r : r.on(stages.get(r.stage).work(), pcus[r.stage]))
                .toList();
        return new StageBuffer(value, producer, readers, valueBytes, tileBytes, depth, stays, pmus);
    }

    public StageBuffer withPmus(int count) {
        return new StageBuffer(value, producer, readers, valueBytes, tileBytes, depth, stays, count);
    }
}
