package org.rduzoo.backend.arch;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.rduzoo.backend.json.JsonObject;
import org.rduzoo.ir.DType;
import org.rduzoo.samba.UserError;

/// A chip as data: one RDU, or one socket of SN40L. Each number is a [Quantity], so a report can say what it rests on.
///
/// The numbers lie beside this class, a JSON file a chip.
///
/// @param key what `--arch` calls it
/// @param name what people call it
/// @param memories fastest first; the first is where values at section borders live
public record Arch(
        String key,
        String name,
        Fabric fabric,
        Pcu pcu,
        Pmu pmu,
        List<Memory> memories,
        Links links,
        Launch launch,
        Operators operators) {

    private static final Map<String, String> FILES = files();

    /// The chips that somebody asked for, by their files.
    private static final Map<String, Arch> READ = new ConcurrentHashMap<>();

    public Arch {
        memories = List.copyOf(memories);
        if (memories.isEmpty()) {
            throw new IllegalArgumentException(name + " has no memory");
        }
    }

    /// The chip's compute, all tiles together.
    ///
    /// @param tiles what `--num-tiles` counts
    /// @param pcus pattern compute units
    /// @param pmus pattern memory units
    /// @param clock in Hz
    /// @param peakBf16 in FLOP/s
    /// @param fp32Rate of the bf16 rate
    /// @param int8Rate of the bf16 rate
    /// @param sustained share of the peak that pipelines keep up while they run
    /// @param columns of units, compute and memory by turns, in a tile
    /// @param linkBytes a cycle from a unit to the next one on the mesh
    public record Fabric(
            Quantity tiles,
            Quantity pcus,
            Quantity pmus,
            Quantity clock,
            Quantity peakBf16,
            Quantity fp32Rate,
            Quantity int8Rate,
            Quantity sustained,
            Quantity columns,
            Quantity linkBytes) {}

    /// A pattern compute unit: a systolic array, or a SIMD pipeline of this many lanes and stages.
    public record Pcu(Quantity lanes, Quantity stages) {}

    /// A pattern memory unit: a banked scratchpad.
    ///
    /// @param bytesPerCycle read, and as many written
    /// @param bankConflict cycles that this takes, for some of its banks are asked twice
    public record Pmu(Quantity bytes, Quantity banks, Quantity bytesPerCycle, Quantity bankConflict) {}

    /// A memory off the fabric.
    ///
    /// @param name `hbm` or `ddr`
    /// @param stream bytes a second when addresses follow each other
    /// @param random bytes a second when they do not
    /// @param sustained share of `stream` that sections keep up
    public record Memory(String name, Quantity capacity, Quantity stream, Quantity random, Quantity sustained) {}

    /// Ways off the chip.
    ///
    /// @param host bytes a second
    /// @param peer bytes a second, each way
    /// @param latency of a message between two chips, in seconds
    /// @param chips in a node
    /// @param switched whether any two of them are joined, rather than neighbours on a ring
    public record Links(Quantity host, Quantity peer, Quantity latency, Quantity chips, boolean switched) {}

    /// What starting a section costs, in seconds.
    ///
    /// @param host a launch driven by the host
    /// @param schedule a launch from the chip's own static schedule
    /// @param loop from one iteration of a program to the next, without a launch
    /// @param programLoad paid when another program ran before
    /// @param step what the host does between two runs of a graph
    public record Launch(
            Quantity host,
            Quantity schedule,
            Quantity loop,
            Quantity programLoad,
            Quantity argumentLoad,
            Quantity step) {}

    /// What operators take that run by themselves, operands in memory, as a compiler maps them that nobody helps. It is
    /// fitted to measurements, and no part of the model of sections.
    ///
    /// @param floor seconds of the smallest
    /// @param stream share of the last memory's bandwidth that operands move at
    /// @param largeStream the same for those that move many bytes
    /// @param ramp bytes after which they do
    /// @param rate share of the peak that products reach
    public record Operators(Quantity floor, Quantity stream, Quantity largeStream, Quantity ramp, Quantity rate) {}

    private static Map<String, String> files() {
        Map<String, String> files = new LinkedHashMap<>();
        files.put("sn10", "sn10.json");
        files.put("sn30", "sn30.json");
        files.put("sn40", "sn40l.json");
        files.put("sn40l", "sn40l.json");
        return files;
    }

    /// The keys that `--arch` takes.
    public static List<String> keys() {
        return List.of("sn10", "sn30", "sn40");
    }

    /// The chip that `--arch KEY` means.
    ///
    /// @throws UserError when there is none
    public static Arch of(String key) {
        String file = FILES.get(key.toLowerCase(Locale.ROOT));
        if (file == null) {
            throw new UserError("there is no chip \"" + key + "\" to compile for.\nGive --arch one of "
                    + String.join(", ", keys()) + ".");
        }
        return READ.computeIfAbsent(file, Arch::load);
    }

    private static Arch load(String file) {
        try (InputStream in = Objects.requireNonNull(Arch.class.getResourceAsStream(file), file)) {
            return read(JsonObject.parse(in.readAllBytes()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Arch read(JsonObject json) {
        JsonObject fabric = json.object("fabric");
        JsonObject pcu = json.object("pcu");
        JsonObject pmu = json.object("pmu");
        JsonObject links = json.object("links");
        JsonObject launch = json.object("launch");
        JsonObject operators = json.object("operators");
        return new Arch(
                json.string("key"),
                json.string("name"),
                new Fabric(
                        Quantity.read(fabric, "tiles"),
                        Quantity.read(fabric, "pcus"),
                        Quantity.read(fabric, "pmus"),
                        Quantity.read(fabric, "clock"),
                        Quantity.read(fabric, "peak_bf16"),
                        Quantity.read(fabric, "fp32_rate"),
                        Quantity.read(fabric, "int8_rate"),
                        Quantity.read(fabric, "sustained"),
                        Quantity.read(fabric, "columns"),
                        Quantity.read(fabric, "link_bytes_per_cycle")),
                new Pcu(Quantity.read(pcu, "lanes"), Quantity.read(pcu, "stages")),
                new Pmu(
                        Quantity.read(pmu, "bytes"),
                        Quantity.read(pmu, "banks"),
                        Quantity.read(pmu, "bytes_per_cycle"),
                        Quantity.read(pmu, "bank_conflict")),
                json.objects("memories").stream()
                        .map(m -> new Memory(
                                m.string("name"),
                                Quantity.read(m, "capacity"),
                                Quantity.read(m, "stream"),
                                Quantity.read(m, "random"),
                                Quantity.read(m, "sustained")))
                        .toList(),
                new Links(
                        Quantity.read(links, "host"),
                        Quantity.read(links, "peer"),
                        Quantity.read(links, "latency"),
                        Quantity.read(links, "chips"),
                        links.string("topology").equals("switched")),
                new Launch(
                        Quantity.read(launch, "host"),
                        Quantity.read(launch, "schedule"),
                        Quantity.read(launch, "loop"),
                        Quantity.read(launch, "program_load"),
                        Quantity.read(launch, "argument_load"),
                        Quantity.read(launch, "step")),
                new Operators(
                        Quantity.read(operators, "floor"),
                        Quantity.read(operators, "stream"),
                        Quantity.read(operators, "large_stream"),
                        Quantity.read(operators, "ramp"),
                        Quantity.read(operators, "rate")));
    }

    /// How many tiles the whole chip has.
    public int tiles() {
        return fabric.tiles().count();
    }

    /// `tiles`, if the chip has so many.
    ///
    /// @throws UserError when it has not
    public int requireTiles(int tiles) {
        if (tiles < 1 || tiles > tiles()) {
            throw new UserError("--num-tiles is " + tiles + ", but " + name + " has " + tiles()
                    + " tiles.\nGive a number from 1 to " + tiles() + ", or leave the option out to use them all.");
        }
        return tiles;
    }

    /// PCUs in this many tiles.
    public int pcus(int tiles) {
        return (int) (fabric.pcus().times(tiles) / tiles());
    }

    /// PMUs in this many tiles.
    public int pmus(int tiles) {
        return (int) (fabric.pmus().times(tiles) / tiles());
    }

    /// Bytes of SRAM in this many tiles.
    public long sramBytes(int tiles) {
        return (long) pmu.bytes().times(pmus(tiles));
    }

    /// Where values at section borders live.
    public Memory mainMemory() {
        return memories.getFirst();
    }

    /// FLOP/s at the most, on this many tiles.
    public double peak(DType dtype, int tiles) {
        double bf16 = fabric.peakBf16().times(tiles) / tiles();
        return switch (dtype) {
            case BF16, F16 -> bf16;
            case I8, U8, BOOL, F8_E4M3, F8_E5M2 -> fabric.int8Rate().times(bf16);
            case F32, F64, I16, U16, I32, U32, I64, U64 -> fabric.fp32Rate().times(bf16);
        };
    }
}
