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
import org.rduzoo.backend.section.OptLevel;
import org.rduzoo.backend.section.SectionPlan;
import org.rduzoo.backend.section.StageBuffer;
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
        Stage stage = new Stage(0, 0, 0, "add", 1, 10, true);
        StageBuffer buffer = new StageBuffer(0, -1, List.of(0), 1000, 100, 2, false, 1);
        FloorPlan floor = FloorPlan.of(new SectionLayout(0, 1, List.of(stage), List.of(buffer), 1, 1), deployment);
        Site from = floor.pmus().getFirst().getFirst();
        Site to = floor.pcus().getFirst().getFirst();
        assertThat(floor.links()).containsExactly(new Link(from.column(), from.row(), to.column(), to.row(), 1000));
        assertThat(floor.busiest()).isEqualTo(1000);
    }
}
