package org.rduzoo.runners;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import org.rduzoo.backend.host.HostGraph;
import org.rduzoo.backend.host.HostModel;
import org.rduzoo.backend.host.HostOptions;
import org.rduzoo.backend.pef.Pef;
import org.rduzoo.backend.pef.SectionGraphs;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Graph;
import org.rduzoo.samba.Init;
import org.rduzoo.samba.RandomWeights;
import org.rduzoo.samba.Trace;
import org.rduzoo.samba.Weights;

/// How long each section of a graph takes on this host, run by itself on what the sections before it left. Weights are
/// random: no time depends on them.
final class SectionMeasure {

    private static final int FEWEST_PASSES = 3;
    private static final int MOST_PASSES = 25;
    private static final double ENOUGH_SECONDS = 2;
    private static final double DEVIATION = 0.02;

    private final List<HostGraph> sections = new ArrayList<>();
    private final List<List<Way>> ways = new ArrayList<>();

    /// From an output of a section to the inputs of others.
    private record Way(MemorySegment from, List<MemorySegment> to) {}

    /// Times of a graph's sections.
    ///
    /// @param host what it ran on
    /// @param seconds of each section, the median of all passes
    record Times(String host, int passes, List<Double> seconds) {}

    static Times of(Pef pef, Pef.Entry entry, HostOptions options, int vocabulary, long seed) {
        Pef cut = SectionGraphs.of(pef, entry);
        List<Trace.Parameter> parameters = pef.parameters().stream()
                .map(p -> new Trace.Parameter(p.name(), p.type(), new Init.Normal(DEVIATION)))
                .toList();
        try (Weights weights = RandomWeights.of(parameters, seed);
                HostModel host = HostModel.load(cut, weights, options)) {
            SectionMeasure measure = new SectionMeasure(cut, host, entry.graph(), vocabulary, seed);
            return measure.times(host.description());
        }
    }

    private SectionMeasure(Pef cut, HostModel host, Graph whole, int vocabulary, long seed) {
        cut.entries().forEach(e -> sections.add(host.graph(e.graph().name())));
        for (int i = 0; i < sections.size(); i++) {
            HostGraph from = sections.get(i);
            List<Way> own = new ArrayList<>();
            SectionGraphs.readers(cut, i).forEach((value, readers) -> {
                if (!readers.isEmpty()) {
                    own.add(new Way(
                            from.output(value),
                            readers.stream()
                                    .map(r -> host.graph(r).input(value))
                                    .toList()));
                }
            });
            ways.add(own);
        }
        for (HostGraph section : sections) {
            section.graph()
                    .inputs(Graph.Kind.INPUT)
                    .filter(i -> whole.input(i.name()).isPresent())
                    .forEach(i -> fill(section.input(i.name()), i, whole, vocabulary, seed));
        }
    }

    /// Something that the graph can run on: random tokens that all count, a cache that is full, small numbers.
    private static void fill(MemorySegment to, Graph.Input input, Graph whole, int vocabulary, long seed) {
        SplittableRandom random = new SplittableRandom(seed ^ input.name().hashCode());
        long elements = input.value().type().elements();
        if (input.value().dtype() == DType.F32) {
            for (long i = 0; i < elements; i++) {
                to.setAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, i, (float) (DEVIATION * random.nextDouble()));
            }
        } else if (input.value().dtype() == DType.I64) {
            long slots = whole.inputs(Graph.Kind.STATE)
                    .filter(s -> s.value().type().rank() == 4)
                    .mapToLong(s -> s.value().type().dim(2))
                    .max()
                    .orElse(0);
            long tokens = whole.input("input_ids")
                    .map(ids -> (long) ids.value().type().dim(-1))
                    .orElse(0L);
            for (long i = 0; i < elements; i++) {
                long value = switch (input.name()) {
                    case "input_ids" -> random.nextInt(vocabulary);
                    case "labels" -> input.value().type().rank() == 2 ? random.nextInt(vocabulary) : 0;
                    case "start" -> Math.max(0, slots - tokens);
                    case "valid" -> Math.max(slots, tokens);
                    case "attention_mask", "segments", "segment_ids", "step" -> 1;
                    default -> 0;
                };
                to.setAtIndex(ValueLayout.JAVA_LONG_UNALIGNED, i, value);
            }
        }
    }

    private Times times(String host) {
        List<List<Double>> seconds = new ArrayList<>();
        sections.forEach(_ -> seconds.add(new ArrayList<>()));
        WarmUp.run(() -> pass(seconds));
        seconds.forEach(List::clear);
        int passes = 0;
        long start = System.nanoTime();
        while (passes < FEWEST_PASSES || (passes < MOST_PASSES && Console.seconds(start) < ENOUGH_SECONDS)) {
            pass(seconds);
            passes++;
        }
        return new Times(
                host, passes, seconds.stream().map(SectionMeasure::median).toList());
    }

    private void pass(List<List<Double>> seconds) {
        for (int i = 0; i < sections.size(); i++) {
            long begin = System.nanoTime();
            sections.get(i).run();
            seconds.get(i).add(Console.seconds(begin));
            for (Way way : ways.get(i)) {
                way.to.forEach(to -> to.copyFrom(way.from));
            }
        }
    }

    private static double median(List<Double> seconds) {
        Collections.sort(seconds);
        return seconds.get(seconds.size() / 2);
    }
}
