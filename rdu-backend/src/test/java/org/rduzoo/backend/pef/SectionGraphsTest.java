package org.rduzoo.backend.pef;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.rduzoo.backend.SampleGraphs;
import org.rduzoo.backend.section.OptLevel;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Dense;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.Reference;
import org.rduzoo.ir.Verifier;

class SectionGraphsTest {

    static Stream<Pef> pefs() {
        return Stream.of(OptLevel.O0, OptLevel.O1, OptLevel.O3)
                .flatMap(level -> Stream.of(
                                SampleGraphs.encoder(2, 32, 4, 2, 8),
                                SampleGraphs.decoder("decoder", 2, 32, 4, 2, 48, 8, 20),
                                SampleGraphs.training(2, 16, true))
                        .map(g -> SamplePefs.of(Map.of(), level, g)));
    }

    private static Dense noise(Graph.Input input, SplittableRandom random) {
        Dense dense = Dense.zeros(input.value().type());
        for (int i = 0; i < dense.data().length; i++) {
            dense.data()[i] = input.value().dtype() == DType.I64 ? random.nextInt(2) : (float) random.nextDouble();
        }
        return dense;
    }

    /// All sections, one after the other, on what those before left.
    private static Map<String, Dense> run(Pef sections, Map<String, Dense> inputs) {
        Map<String, Dense> known = new HashMap<>(inputs);
        for (Pef.Entry section : sections.entries()) {
            Map<String, Dense> own = new HashMap<>();
            section.graph().inputs().forEach(i -> own.put(i.name(), Objects.requireNonNull(known.get(i.name()))));
            known.putAll(Reference.run(Verifier.check(section.graph()), own));
        }
        return known;
    }

    @ParameterizedTest
    @MethodSource("pefs")
    void sectionsInTheirOrderComputeWhatTheGraphDoes(Pef pef) {
        Pef.Entry entry = pef.entries().getFirst();
        Graph whole = entry.graph();
        Pef sections = SectionGraphs.of(pef, entry);
        assertThat(sections.entries()).hasSameSizeAs(entry.plan().sections());
        SplittableRandom random = new SplittableRandom(7);
        Map<String, Dense> inputs = new HashMap<>();
        whole.inputs().forEach(i -> inputs.put(i.name(), noise(i, random)));
        Map<String, Dense> expected = Reference.run(whole, inputs);
        Map<String, Dense> found = run(sections, inputs);
        for (Graph.Output output : whole.outputs()) {
            assertThat(found.get("%" + output.value().number()))
                    .as(output.name())
                    .isEqualTo(expected.get(output.name()));
            if (output.alias().isPresent()) {
                assertThat(found.get(output.name())).isEqualTo(expected.get(output.name()));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("pefs")
    void everyInputOfASectionIsTheGraphsOrASectionsBefore(Pef pef) {
        Graph whole = pef.entries().getFirst().graph();
        Pef sections = SectionGraphs.of(pef, pef.entries().getFirst());
        for (int i = 0; i < sections.entries().size(); i++) {
            int at = i;
            Graph graph = sections.entries().get(i).graph();
            graph.inputs(Graph.Kind.INPUT)
                    .filter(in -> whole.input(in.name()).isEmpty())
                    .forEach(in -> assertThat(sections.entries().subList(0, at).stream()
                                    .map(e -> e.graph().output(in.name()))
                                    .filter(Optional::isPresent))
                            .hasSize(1));
            SectionGraphs.readers(sections, i)
                    .forEach((value, readers) -> assertThat(readers)
                            .allSatisfy(r -> assertThat(sections.entry(r)
                                            .orElseThrow()
                                            .graph()
                                            .input(value))
                                    .isPresent()));
        }
        assertThat(List.copyOf(SectionGraphs.readers(sections, 0).keySet())).isNotEmpty();
    }
}
