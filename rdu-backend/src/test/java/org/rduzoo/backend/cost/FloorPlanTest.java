package org.rduzoo.backend.cost;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.rduzoo.backend.SampleGraphs;
import org.rduzoo.backend.arch.Arch;
import org.rduzoo.backend.arch.Deployment;
import org.rduzoo.backend.cost.FloorPlan.Link;
import org.rduzoo.backend.cost.FloorPlan.Site;
import org.rduzoo.backend.section.Operand;
import org.rduzoo.backend.section.OptLevel;
import org.rduzoo.backend.section.SectionPlan;
import org.rduzoo.backend.section.StageBuffer;
import org.rduzoo.backend.section.StageBuffer.Reader;
import org.rduzoo.ir.Graph;

class FloorPlanTest {

    @ParameterizedTest
    @CsvSource({"sn10, 1", "sn10, 4", "sn30, 8", "sn40, 1", "sn40, 2"})
    void eachStageHasItsUnitsAndNoTwoStagesShareOne(String key, int tiles) {
        Deployment deployment = Deployment.of(Arch.of(key), tiles);
        Graph graph = SampleGraphs.encoder(6, 384, 12, 2, 128);
        SectionPlan plan = SectionPlan.cut(graph, deployment.arch(), OptLevel.O3, tiles);
        Prediction p = CostModel.predict(graph, plan, deployment, Conditions.of(deployment.arch()));
        for (SectionLayout layout : p.layouts().values()) {
            FloorPlan floor = FloorPlan.of(layout, deployment);
            assertThat(floor.columns() * floor.rows()).isGreaterThanOrEqualTo(deployment.pcus() + deployment.pmus());
            List<Site> sites = floor.pcus().stream().flatMap(List::stream).toList();
            assertThat(sites).doesNotHaveDuplicates().hasSize(layout.pcus());
            Set<Site> memory = floor.pmus().stream().flatMap(List::stream).collect(Collectors.toSet());
            assertThat(memory).doesNotContainAnyElementsOf(sites).hasSizeLessThanOrEqualTo(deployment.pmus());
            assertThat(sites).allMatch(s -> s.column() < floor.columns() && s.row() < floor.rows());
            for (Link link : floor.links()) {
                assertThat(Math.abs(link.fromColumn() - link.toColumn()) + Math.abs(link.fromRow() - link.toRow()))
                        .isEqualTo(1);
                assertThat(link.bytes()).isNotNegative();
            }
        }
    }

    @Test
    void bytesGoFromABufferToTheStageThatReadsItByTheShortestWay() {
        Deployment deployment = Deployment.of(Arch.of("sn10"), 1);
        StageBuffer buffer = buffer(new Reader(0, Operand.ONCE, 1000, 1));
        FloorPlan floor = FloorPlan.of(new int[] {1}, List.of(buffer), FloorPlan.Grid.of(deployment));
        Site from = floor.pmus().getFirst().getFirst();
        Site to = floor.pcus().getFirst().getFirst();
        assertThat(floor.links()).containsExactly(new Link(from.column(), from.row(), to.column(), to.row(), 1000));
        assertThat(floor.busiestLink()).isEqualTo(1000);
        assertThat(FloorPlan.lay(new int[] {1}, List.of(buffer), FloorPlan.Grid.of(deployment))
                        .busiest())
                .containsExactly(1000L);
    }

    private static StageBuffer buffer(Reader reader) {
        return new StageBuffer(0, -1, List.of(reader), 1000, 100, 2, false, 1);
    }

    @Test
    void whatUnitsReadAlikeGoesOverEachLinkOnce() {
        FloorPlan.Grid grid = FloorPlan.Grid.of(Deployment.of(Arch.of("sn10"), 4));
        FloorPlan alike = FloorPlan.of(new int[] {100}, List.of(buffer(new Reader(0, Operand.LEFT, 1000, 1))), grid);
        assertThat(alike.links()).hasSizeGreaterThan(100).allMatch(l -> l.bytes() == 1000);
        FloorPlan apart = FloorPlan.of(new int[] {100}, List.of(buffer(new Reader(0, Operand.RIGHT, 1000, 100))), grid);
        assertThat(apart.links().stream()
                        .mapToLong(Link::bytes)
                        .filter(b -> b == 10)
                        .count())
                .isPositive();
        // All of it leaves by the links of one memory unit, and each compute unit takes in a hundredth.
        Site from = apart.pmus().getFirst().getFirst();
        assertThat(apart.links().stream()
                        .filter(l -> l.fromColumn() == from.column() && l.fromRow() == from.row())
                        .mapToLong(Link::bytes)
                        .sum())
                .isEqualTo(1000);
        assertThat(alike.busiestLink()).isEqualTo(1000);
    }
}
