package org.rduzoo.backend.cost;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.rduzoo.backend.arch.Arch;
import org.rduzoo.backend.arch.Quantity;

/// A number that the model rests on and that may be otherwise: its value, range and source stand with the chip.
public enum Parameter {
    /// Share of the peak multiply rate that a pipeline keeps up while it runs.
    SUSTAINED,
    /// Bytes a cycle that a memory unit takes in, and as many that it hands out.
    PMU_BYTES,
    /// Cycles that it needs for that, for some of its banks are asked twice.
    BANK_CONFLICT,
    /// Bytes a cycle on a link of the mesh.
    LINK_BYTES,
    /// Bytes a second of the fastest memory, in a stream.
    MEMORY_STREAM,
    /// Bytes a second of the fastest memory, scattered.
    MEMORY_SCATTERED,
    /// Bytes a second of DDR behind HBM, in a stream.
    BACKING_STREAM,
    /// Bytes a second to another chip.
    PEER_STREAM,
    /// Seconds that a message to another chip takes.
    PEER_LATENCY,
    /// Seconds of a launch by the host.
    HOST_LAUNCH,
    /// Seconds of a launch from the chip's schedule.
    SCHEDULE_LAUNCH,
    /// Seconds between two iterations of one program.
    LOOP,
    PROGRAM_LOAD,
    ARGUMENT_LOAD,
    /// Seconds of the host between two runs of a graph.
    HOST_STEP;

    /// The number of this chip, with what it is multiplied by: memories are slower than their data sheet says.
    public Quantity of(Arch arch) {
        return switch (this) {
            case SUSTAINED -> arch.fabric().sustained();
            case PMU_BYTES -> arch.pmu().bytesPerCycle();
            case BANK_CONFLICT -> arch.pmu().bankConflict();
            case LINK_BYTES -> arch.fabric().linkBytes();
            case MEMORY_STREAM -> stream(arch.memories().getFirst());
            case MEMORY_SCATTERED -> arch.memories().getFirst().random();
            case BACKING_STREAM -> stream(arch.memories().getLast());
            case PEER_STREAM -> arch.links().peer();
            case PEER_LATENCY -> arch.links().latency();
            case HOST_LAUNCH -> arch.launch().host();
            case SCHEDULE_LAUNCH -> arch.launch().schedule();
            case LOOP -> arch.launch().loop();
            case PROGRAM_LOAD -> arch.launch().programLoad();
            case ARGUMENT_LOAD -> arch.launch().argumentLoad();
            case HOST_STEP -> arch.launch().step();
        };
    }

    /// What sections see of a memory; where that was measured, its range counts, and not the data sheet's.
    private static Quantity stream(Arch.Memory memory) {
        Quantity stream = memory.stream();
        Quantity share = memory.sustained();
        boolean measured = share.value() < 1;
        return new Quantity(
                stream.value() * share.value(),
                measured ? stream.value() * share.low() : stream.low(),
                measured ? stream.value() * share.high() : stream.high(),
                stream.unit(),
                measured ? share.source() : stream.source(),
                measured ? share.note() : stream.note());
    }

    /// Whether the model of a chip uses it: SN10 and SN30 are launched by the host and have one memory.
    public boolean concerns(Arch arch) {
        boolean schedule = arch.memories().size() > 1;
        return switch (this) {
            case BACKING_STREAM, SCHEDULE_LAUNCH, LOOP -> schedule;
            case HOST_LAUNCH -> !schedule;
            default -> true;
        };
    }

    /// Those whose range is more than a point.
    static List<Parameter> uncertain(Arch arch) {
        List<Parameter> uncertain = new ArrayList<>();
        for (Parameter p : values()) {
            Quantity q = p.of(arch);
            if (p.concerns(arch) && q.low() < q.high()) {
                uncertain.add(p);
            }
        }
        return uncertain;
    }

    /// As in `peer_latency`.
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
