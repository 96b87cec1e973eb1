package org.rduzoo.bench;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import org.rduzoo.backend.host.HostGraph;
import org.rduzoo.backend.host.HostGraph.PhaseTime;
import org.rduzoo.backend.host.HostModel;
import org.rduzoo.backend.host.HostOptions;
import org.rduzoo.backend.host.machine.HostIsa;
import org.rduzoo.backend.pef.Pef;
import org.rduzoo.checkpoint.Checkpoint;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.Type;

/// Where the time of a graph goes: `Profile FILE.pef CHECKPOINT GRAPH [TOKENS] [ISA]`.
///
/// Inputs are random ids and ones; a decoder's cache holds all but the tokens of this call, of `TOKENS`.
final class Profile {

    private static final int RUNS = 15;
    private static final int MOST_OF_LABEL = 240;
    private static final long WARM_UP_NANOS = 2_000_000_000L;

    private Profile() {}

    public static void main(String[] args) {
        Pef pef = Pef.read(Path.of(args[0]));
        HostOptions best = HostOptions.best();
        HostOptions options = args.length > 4 ? new HostOptions(HostIsa.parse(args[4]), best.threads()) : best;
        try (Checkpoint checkpoint = Checkpoint.open(Path.of(args[1]));
                HostModel model = HostModel.load(pef, checkpoint.weights(), options)) {
            HostGraph graph = model.graph(args[2]);
            int tokens = args.length > 3 ? Integer.parseInt(args[3]) : 0;
            graph.graph()
                    .inputs(Graph.Kind.INPUT)
                    .forEach(i -> fill(i.name(), i.value().type(), graph, tokens));
            long begin = System.nanoTime();
            for (int i = 0; i < RUNS || System.nanoTime() - begin < WARM_UP_NANOS; i++) {
                graph.run();
            }
            List<Double> whole = new ArrayList<>();
            Map<Integer, List<Double>> seconds = new LinkedHashMap<>();
            List<PhaseTime> times = List.of();
            for (int i = 0; i < RUNS; i++) {
                long start = System.nanoTime();
                graph.run();
                whole.add((System.nanoTime() - start) / 1e9);
                times = graph.timed();
                for (int p = 0; p < times.size(); p++) {
                    seconds.computeIfAbsent(p, _ -> new ArrayList<>())
                            .add(times.get(p).seconds());
                }
            }
            print(whole, seconds, times);
        }
    }

    private static void print(List<Double> whole, Map<Integer, List<Double>> seconds, List<PhaseTime> times) {
        Map<String, double[]> kinds = new HashMap<>();
        double sum = 0;
        for (int p = 0; p < times.size(); p++) {
            String kind = times.get(p).section() + " " + kind(times.get(p).label());
            double median = median(seconds.getOrDefault(p, List.of()));
            double[] total = kinds.computeIfAbsent(kind, _ -> new double[2]);
            total[0] += median;
            total[1]++;
            sum += median;
        }
        System.out.printf(
                Locale.ROOT,
                "%.3f ms a run; phase by phase %.3f ms in %d phases%n",
                median(whole) * 1e3,
                sum * 1e3,
                times.size());
        kinds.entrySet().stream()
                .sorted(Comparator.comparingDouble(e -> -e.getValue()[0]))
                .forEach(e -> System.out.printf(
                        Locale.ROOT, "%10.3f ms %5.0f x  %s%n", e.getValue()[0] * 1e3, e.getValue()[1], e.getKey()));
    }

    /// A label without the numbers of layers, and of many steps the first.
    private static String kind(String label) {
        String kind = label.replaceAll("\\d+", "*");
        return kind.length() <= MOST_OF_LABEL ? kind : kind.substring(0, MOST_OF_LABEL) + "…";
    }

    private static void fill(String name, Type type, HostGraph graph, int tokens) {
        MemorySegment input = graph.input(name);
        SplittableRandom random = new SplittableRandom(name.hashCode());
        for (long i = 0; i < type.elements(); i++) {
            switch (type.dtype()) {
                case I64 -> input.setAtIndex(ValueLayout.JAVA_LONG, i, integer(name, random, graph, tokens));
                case F32 ->
                    input.setAtIndex(
                            ValueLayout.JAVA_FLOAT,
                            i,
                            type.rank() == 0 ? 0 : (float) (random.nextDouble() / type.elements()));
                default -> throw new IllegalArgumentException(name + " is of type " + type);
            }
        }
    }

    private static long integer(String name, SplittableRandom random, HostGraph graph, int tokens) {
        int called = graph.graph()
                .input("input_ids")
                .map(i -> i.value().type().dim(1))
                .orElse(0);
        return switch (name) {
            case "input_ids" -> random.nextInt(30000);
            case "start" -> Math.max(0, tokens - called);
            case "valid" -> Math.max(tokens, called);
            case "attention_mask", "segments", "step" -> 1;
            default -> 0;
        };
    }

    private static double median(List<Double> values) {
        return values.stream().sorted().toList().get(values.size() / 2);
    }
}
