package org.rduzoo.backend.cost;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.rduzoo.backend.arch.Arch;
import org.rduzoo.backend.arch.Deployment;
import org.rduzoo.backend.section.OptLevel;
import org.rduzoo.ir.DType;

/// What one run of a graph would cost on a chip, or on each of several that share it.
///
/// @param sections in the order in which they run
/// @param host seconds on the host before the first of them
/// @param range how far it may be off
public record Prediction(
        String graph,
        Deployment deployment,
        OptLevel level,
        List<SectionPrediction> sections,
        MemoryPlan memory,
        double host,
        Range range) {

    public Prediction {
        sections = List.copyOf(sections);
    }

    /// The least seconds that the ranges of the chip's numbers allow, as [Sensitivity] combines them.
    public double lowSeconds() {
        return range.found().low();
    }

    /// The most.
    public double highSeconds() {
        return range.found().high();
    }

    /// Seconds of a run: the host and all sections.
    public double seconds() {
        return host + time().seconds();
    }

    /// The time of all sections, part by part.
    public SectionTime time() {
        return sections.stream().map(s -> s.time().times(s.runs())).reduce(SectionTime.NONE, SectionTime::plus);
    }

    /// Of one chip.
    public Traffic traffic() {
        return sections.stream().map(s -> s.traffic().times(s.runs())).reduce(Traffic.NONE, Traffic::plus);
    }

    /// Of one chip.
    public long flops() {
        return sections.stream().mapToLong(s -> s.runs() * s.flops()).sum();
    }

    /// Of the peak of all tiles in use, the share that is computed with while the graph runs.
    public double utilisation() {
        double peak = deployment.arch().peak(DType.BF16, deployment.tiles());
        return seconds() == 0 ? 0 : flops() / (peak * seconds());
    }

    /// Of the compute units of all tiles in use, the share that stages have while the graph runs.
    public double pcuShare() {
        double busy = sections.stream()
                .mapToDouble(s -> s.runs()
                        * (s.time().edges() + s.time().execution())
                        * s.layout().pcus())
                .sum();
        return seconds() == 0 ? 0 : busy / (deployment.pcus() * seconds());
    }

    /// How often what runs once a micro-batch runs.
    public int passes() {
        return sections.stream().mapToInt(SectionPrediction::runs).max().orElse(1);
    }

    /// Seconds from one micro-batch to the next: of all that runs more than once.
    public double passSeconds() {
        return sections.stream()
                .filter(s -> s.runs() > 1)
                .mapToDouble(s -> s.time().seconds())
                .sum();
    }

    /// Seconds from the start of the graph's run to the end of a section's last.
    public double end(SectionPrediction s) {
        return s.start() + (s.runs() - 1) * passSeconds() + s.time().seconds();
    }

    /// What people guess with: all FLOPs at the peak of the data sheet, or each weight, state, input and output moved
    /// once at its bandwidth, whichever takes longer.
    public double rooflineSeconds() {
        Arch arch = deployment.arch();
        double seconds = flops() / arch.peak(DType.BF16, deployment.tiles());
        for (Arch.Memory m : arch.memories()) {
            long bytes = memory.regions().stream()
                    .filter(r -> r.level().equals(m.name()) && r.role() != MemoryPlan.Role.BORDER)
                    .mapToLong(r -> Math.min(r.bytes(), r.moved()))
                    .sum();
            seconds = Math.max(seconds, bytes / m.stream().value());
        }
        return seconds;
    }

    /// Seconds by what they are bound by: all of them, whatever bounds the section as a whole.
    public Map<Bound, Double> secondsByBound() {
        Map<Bound, Double> seconds = new EnumMap<>(Bound.class);
        for (SectionPrediction s : sections) {
            SectionTime time = s.time().times(s.runs());
            seconds.merge(Bound.START, time.start(), Double::sum);
            seconds.merge(s.busy().bound(), time.edges() + time.execution(), Double::sum);
            seconds.merge(Bound.PEER, time.peer(), Double::sum);
        }
        seconds.merge(Bound.HOST, host, Double::sum);
        return seconds;
    }

    /// What most of the time goes into.
    public Bound bound() {
        return secondsByBound().entrySet().stream()
                .max(Map.Entry.comparingByValue())
                .orElseThrow()
                .getKey();
    }

    /// The layouts of all programs, by their number.
    public Map<Integer, SectionLayout> layouts() {
        return sections.stream()
                .map(SectionPrediction::layout)
                .distinct()
                .collect(Collectors.toMap(SectionLayout::program, Function.identity(), (a, _) -> a));
    }
}
