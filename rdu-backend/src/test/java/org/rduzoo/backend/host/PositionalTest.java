package org.rduzoo.backend.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.rduzoo.backend.host.machine.HostIsa;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Dense;
import org.rduzoo.ir.Elementwise.Cast;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.GraphBuilder;
import org.rduzoo.ir.Op;
import org.rduzoo.ir.Positional.CacheWrite;
import org.rduzoo.ir.Positional.LastRow;
import org.rduzoo.ir.Positional.Rope;
import org.rduzoo.ir.Positional.RopeAngles;
import org.rduzoo.ir.Product.Attention;
import org.rduzoo.ir.Reference;
import org.rduzoo.ir.SectionType;
import org.rduzoo.ir.Type;
import org.rduzoo.ir.Value;
import org.rduzoo.testkit.RelativeError;

/// Operations that know positions compute on each path of this processor what the reference computes.
class PositionalTest {

    private static final int BATCH = 3;
    private static final int HEADS = 2;
    private static final int SLOTS = 9;
    private static final int TOKENS = 4;

    private final Random random = new Random(7);

    /// Positions in the middle, up to the end and beyond it, and before the first; some tokens do not count.
    private final Map<String, Dense> places =
            Map.of("start", HostRuns.integers(0, 6, -2), "valid", HostRuns.integers(3, 20, 9));

    static Stream<Arguments> options() {
        return HostIsa.available()
                .flatMap(isa -> Stream.of(1, 2)
                        .flatMap(threads -> Stream.of(DType.F32, DType.BF16)
                                .map(dtype -> Arguments.of(new HostOptions(isa, threads), dtype))));
    }

    @ParameterizedTest
    @MethodSource("options")
    void aCacheIsWrittenWhereItLies(HostOptions options, DType dtype) {
        Small small = new Small();
        Value cache = small.input("cache", Graph.Kind.STATE, dtype, BATCH, HEADS, SLOTS, 5);
        Value rows = small.input("rows", Graph.Kind.INPUT, dtype, BATCH, HEADS, TOKENS, 5);
        small.builder.output(
                "cache.out", small.add(new CacheWrite(cache, rows, small.start, small.valid)), Optional.of("cache"));
        small.check(options, DType.F32, 0);
        assertThat(small.steps()).containsExactly("cache_write");
    }

    @ParameterizedTest
    @MethodSource("options")
    void aCacheThatSomebodyStillReadsIsCopied(HostOptions options, DType dtype) {
        Small small = new Small();
        Value cache = small.input("cache", Graph.Kind.STATE, dtype, BATCH, HEADS, SLOTS, 5);
        Value rows = small.input("rows", Graph.Kind.INPUT, dtype, BATCH, HEADS, TOKENS, 5);
        Value written = small.add(new CacheWrite(cache, rows, small.start, small.valid));
        small.builder.output("before", small.add(new Cast(cache, DType.F32)));
        small.builder.output("after", small.add(new Cast(written, DType.F32)));
        small.builder.output("cache.out", written, Optional.of("cache"));
        small.check(options, DType.F32, 0);
    }

    @ParameterizedTest
    @MethodSource("options")
    void aRingIsWrittenAndReadAcrossItsEnd(HostOptions options, DType dtype) {
        for (int window : new int[] {1, 5, 6}) {
            for (int groups : new int[] {1, 6}) {
                Small small = new Small();
                // Before the ring is full, as it fills, and many times around; the last text brings nothing.
                small.inputs.put("start", HostRuns.integers(2, 6, 1_000_003));
                small.inputs.put("valid", HostRuns.integers(6, 9, 1_000_003));
                Value cache = small.input("cache", Graph.Kind.STATE, dtype, BATCH, HEADS, SLOTS, 16);
                Value rows = small.input("rows", Graph.Kind.INPUT, dtype, BATCH, HEADS, TOKENS, 16);
                Value queries = small.input("queries", Graph.Kind.INPUT, dtype, BATCH, HEADS * groups, TOKENS, 16);
                Value ring = small.add(new CacheWrite(cache, rows, small.start, small.valid, true));
                Op attention = new Attention(
                        queries,
                        ring,
                        ring,
                        Optional.of(small.start),
                        Optional.of(small.valid),
                        Optional.empty(),
                        Optional.empty(),
                        true,
                        window,
                        0.25,
                        DType.F32,
                        true);
                small.builder.output(
                        "seen",
                        small.builder.add(attention, "", SectionType.FWD).getFirst());
                small.builder.output("cache.out", ring, Optional.of("cache"));
                small.check(options, DType.F32, dtype == DType.F32 ? 1e-5 : 1.0 / 256);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("options")
    void aRotationIsRoundedAndWrittenToTheCacheInOneStep(HostOptions options, DType dtype) {
        Small small = new Small();
        Value cache = small.input("cache", Graph.Kind.STATE, DType.F32, BATCH, HEADS, SLOTS, 37);
        Value rows = small.input("rows", Graph.Kind.INPUT, DType.F32, BATCH, HEADS, TOKENS, 37);
        Value turned = small.rope(rows, 17);
        small.builder.output(
                "cache.out", small.add(new CacheWrite(cache, turned, small.start, small.valid)), Optional.of("cache"));
        small.check(options, dtype, dtype == DType.F32 ? 1e-5 : 1.0 / 256);
        assertThat(small.steps())
                .containsExactly("rope_angles", dtype == DType.F32 ? "rope+cache_write" : "rope+cast+cache_write");
    }

    @ParameterizedTest
    @MethodSource("options")
    void aRotationTurnsWholeAndPartialHeads(HostOptions options, DType dtype) {
        Small small = new Small();
        Value rows = small.input("rows", Graph.Kind.INPUT, DType.F32, BATCH, HEADS, TOKENS, 64);
        small.builder.output("whole", small.rope(rows, 32));
        small.builder.output("partial", small.rope(rows, 7));
        small.check(options, dtype, dtype == DType.F32 ? 1e-5 : 1.0 / 256);
    }

    @ParameterizedTest
    @MethodSource("options")
    void theLastRowThatCountsIsTaken(HostOptions options, DType dtype) {
        Small small = new Small();
        Value rows = small.input("rows", Graph.Kind.INPUT, dtype, BATCH, TOKENS, 37);
        Value last = small.add(new LastRow(rows, small.start, small.valid));
        small.builder.output("last", dtype == DType.F32 ? last : small.add(new Cast(last, DType.F32)));
        small.check(options, DType.F32, 0);
    }

    @Test
    void statesAreSharedByNameStartAtZeroAndCanBeCleared() {
        Graph[] graphs = Stream.of("one", "two")
                .map(name -> {
                    GraphBuilder b = new GraphBuilder(name);
                    Value cache = b.input("cache", Graph.Kind.STATE, Type.of(DType.F32, 1, 1, 2, 1));
                    Value rows = b.input("rows", Graph.Kind.INPUT, Type.of(DType.F32, 1, 1, 1, 1));
                    Value start = b.input("start", Graph.Kind.INPUT, Type.of(DType.I64, 1));
                    Value valid = b.input("valid", Graph.Kind.INPUT, Type.of(DType.I64, 1));
                    b.output(
                            "cache.out",
                            b.addOne(new CacheWrite(cache, rows, start, valid), "", SectionType.FWD),
                            Optional.of("cache"));
                    return b.build();
                })
                .toArray(Graph[]::new);
        try (HostModel model = HostModel.load(
                HostRuns.compile(DType.F32, graphs),
                new HostRuns.Tensors(Map.of()),
                new HostOptions(HostIsa.JAVA, 1))) {
            Type type = Type.of(DType.F32, 1, 1, 2, 1);
            assertThat(model.states()).containsExactly("cache");
            assertThat(HostRuns.read(model.state("cache"), type).data()).containsExactly(0, 0);
            HostRuns.run(model.graph("one"), step(0, 3));
            HostRuns.run(model.graph("two"), step(1, 4));
            assertThat(HostRuns.read(model.state("cache"), type).data()).containsExactly(3, 4);
            model.clearStates();
            assertThat(HostRuns.read(model.state("cache"), type).data()).containsExactly(0, 0);
            assertThatThrownBy(() -> model.state("cash")).hasMessageContaining("no state cash");
        }
    }

    private static Map<String, Dense> step(int slot, double value) {
        return Map.of(
                "rows", Dense.filled(Type.of(DType.F32, 1, 1, 1, 1), value),
                "start", HostRuns.integers(slot),
                "valid", HostRuns.integers(slot + 1));
    }

    /// A graph of a few operations with `start` and `valid`, and random tensors for its other inputs.
    private final class Small {

        final GraphBuilder builder = new GraphBuilder("small");
        final Value start = builder.input("start", Graph.Kind.INPUT, Type.of(DType.I64, BATCH));
        final Value valid = builder.input("valid", Graph.Kind.INPUT, Type.of(DType.I64, BATCH));
        final Map<String, Dense> inputs = new HashMap<>(places);
        private final List<String> steps = new ArrayList<>();

        Value input(String name, Graph.Kind kind, DType dtype, int... dims) {
            inputs.put(name, HostRuns.random(random, dtype, 1, dims));
            return builder.input(name, kind, Type.of(dtype, dims));
        }

        Value add(Op op) {
            return builder.addOne(op, "", SectionType.FWD);
        }

        Value rope(Value x, int pairs) {
            String name = "frequencies." + pairs;
            Value frequencies = input(name, Graph.Kind.INPUT, DType.F32, pairs);
            List<Value> angles = builder.add(new RopeAngles(start, frequencies, TOKENS), "", SectionType.FWD);
            return add(new Rope(x, angles.get(0), angles.get(1)));
        }

        void check(HostOptions options, DType precision, double tolerance) {
            try (HostModel model = HostModel.load(
                    HostRuns.compile(precision, HostRuns.numbered(builder.build())),
                    new HostRuns.Tensors(Map.of()),
                    options)) {
                HostGraph graph = model.graph("small");
                Map<String, Dense> given = new HashMap<>(inputs);
                for (Graph.Input i : graph.graph().inputs()) {
                    given.computeIfPresent(
                            i.name(), (_, d) -> new Dense(i.value().type(), d.data()));
                }
                Map<String, Dense> actual = HostRuns.run(graph, given);
                Reference.run(graph.graph(), given)
                        .forEach((name, expected) -> assertThat(
                                        RelativeError.of(Objects.requireNonNull(actual.get(name)), expected))
                                .as(name)
                                .isLessThanOrEqualTo(tolerance));
                HostPlan.of(graph.graph()).steps().forEach(s -> steps.add(s.label()));
            }
        }

        List<String> steps() {
            return steps;
        }
    }
}
