package org.rduzoo.backend.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.rduzoo.backend.host.machine.HostIsa;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Dense;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.GraphBuilder;
import org.rduzoo.ir.Product.Attention;
import org.rduzoo.ir.Reference;
import org.rduzoo.ir.SectionType;
import org.rduzoo.ir.Type;
import org.rduzoo.ir.Value;
import org.rduzoo.ir.grad.Backward;
import org.rduzoo.ir.grad.TrainingGraph;
import org.rduzoo.testkit.RelativeError;

/// The gradients of attention with positions, masks, segments, windows and dropout, on sizes that fill no panel.
final class AttentionGradientTest {

    private static final int QUERIES = 70;
    private static final int KEYS = 150;

    static Stream<Arguments> cases() {
        return HostIsa.available()
                .flatMap(isa -> Stream.of(1, 2, 3, 4, 5).map(form -> Arguments.of(new HostOptions(isa, 2), form)));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void theyAreWhatTheReferenceComputes(HostOptions options, int form) {
        Graph joint = Backward.gradients(attention(form), "out", List.of("q", "k", "v"));
        Map<String, Dense> given = given(joint);
        try (HostModel model =
                HostModel.load(HostRuns.compile(DType.F32, joint), new HostRuns.Tensors(Map.of()), options)) {
            HostGraph graph = model.graph(joint.name());
            Map<String, Dense> actual = HostRuns.run(graph, given);
            Map<String, Dense> expected = Reference.run(graph.graph(), given);
            for (String name : List.of("q", "k", "v")) {
                String gradient = TrainingGraph.gradientName(name);
                assertThat(RelativeError.of(
                                Objects.requireNonNull(actual.get(gradient)),
                                Objects.requireNonNull(expected.get(gradient))))
                        .as(gradient)
                        .isLessThan(1e-5);
            }
        }
    }

    private static Graph attention(int form) {
        GraphBuilder b = new GraphBuilder("attention");
        Value q = b.input("q", Graph.Kind.INPUT, Type.of(DType.F32, 2, 4, QUERIES, 40));
        Value k = b.input("k", Graph.Kind.INPUT, Type.of(DType.F32, 2, 2, KEYS, 40));
        Value v = b.input("v", Graph.Kind.INPUT, Type.of(DType.F32, 2, 2, KEYS, 24));
        Optional<Value> start = input(b, "start", form == 1 || form == 2, 2);
        Optional<Value> valid = input(b, "valid", form == 2, 2);
        Optional<Value> segments = input(b, "segments", form == 3, 2, KEYS);
        Optional<Value> keyMask = input(b, "keyMask", form == 3 || form == 4, 2, KEYS);
        int window = form == 1 ? 9 : 0;
        Attention attention =
                new Attention(q, k, v, start, valid, segments, keyMask, form != 4, window, 0.2, DType.F32);
        if (form == 5) {
            Value seed = b.input("seed", Graph.Kind.INPUT, Type.of(DType.I64));
            attention = attention.dropping(seed, b.input("p", Graph.Kind.INPUT, Type.of(DType.F32)), 2);
        }
        b.output("out", b.addOne(attention, "", SectionType.FWD));
        return b.build();
    }

    private static Optional<Value> input(GraphBuilder b, String name, boolean given, int... dims) {
        return given ? Optional.of(b.input(name, Graph.Kind.INPUT, Type.of(DType.I64, dims))) : Optional.empty();
    }

    private static Map<String, Dense> given(Graph joint) {
        Random random = new Random(3);
        Map<String, Dense> given = new HashMap<>();
        for (Graph.Input i : joint.inputs()) {
            Type type = i.value().type();
            given.put(
                    i.name(),
                    switch (i.name()) {
                        case "start" -> HostRuns.integers(20, 71);
                        case "valid" -> HostRuns.integers(60, 0);
                        case "seed" -> Dense.scalar(DType.I64, 99);
                        case "p" -> Dense.scalar(DType.F32, 0.3);
                        case "segments", "keyMask" -> {
                            Dense slots = Dense.zeros(type);
                            for (int slot = 0; slot < slots.data().length; slot++) {
                                slots.data()[slot] =
                                        i.name().equals("segments") ? slot % KEYS / 40 : slot % 7 == 0 ? 0 : 1;
                            }
                            yield slots;
                        }
                        default ->
                            HostRuns.random(random, DType.F32, 1, type.shape().dims());
                    });
        }
        return given;
    }
}
