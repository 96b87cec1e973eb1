package org.rduzoo.backend.cost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.rduzoo.backend.SampleGraphs;
import org.rduzoo.backend.arch.Arch;
import org.rduzoo.backend.arch.Deployment;
import org.rduzoo.backend.arch.TensorParallel;
import org.rduzoo.backend.cost.MemoryPlan.Region;
import org.rduzoo.backend.cost.MemoryPlan.Role;
import org.rduzoo.backend.section.OptLevel;
import org.rduzoo.backend.section.SectionPlan;
import org.rduzoo.ir.Graph;
import org.rduzoo.samba.UserError;

class MemoryPlannerTest {

    private static Prediction predict(Graph graph, Deployment deployment) {
        SectionPlan plan = SectionPlan.cut(graph, deployment, OptLevel.O1);
        return CostModel.predict(graph, plan, deployment, Conditions.of(deployment.arch()));
    }

    @Test
    void weightsThatDoNotFitHbmGoToDdrThoseMovedLeastFirst() {
        Graph graph = SampleGraphs.decoder("decode", 80, 8192, 64, 8, 28672, 1, 128256);
        Prediction p = predict(graph, Deployment.of(Arch.of("sn40"), 2));
        List<Region> spilled = p.memory().regions().stream()
                .filter(r -> r.level().equals("ddr"))
                .toList();
        // Of the table of embeddings a row is read, of all else everything.
        assertThat(spilled).extracting(Region::name).contains("model.embed_tokens.weight");
        assertThat(p.memory().peak("hbm")).isBetween(60L << 30, 64L << 30);
        assertThat(p.traffic().ddr()).isGreaterThan(70_000_000_000L);
        assertThat(p.bound()).isEqualTo(Bound.DDR);
        Prediction shared = predict(graph, new Deployment(Arch.of("sn40"), 2, 8, TensorParallel.WEIGHT));
        assertThat(shared.memory().peak("ddr")).isZero();
        assertThat(shared.traffic().ddr()).isZero();
        assertThat(shared.bound()).isEqualTo(Bound.HBM);
    }

    @Test
    void whatSectionsHandOnReusesThePlaceOfWhatIsNoLongerNeeded() {
        Graph graph = SampleGraphs.encoder(12, 256, 4, 4, 64);
        Prediction p = predict(graph, Deployment.of(Arch.of("sn30"), 8));
        long borders = p.memory().regions().stream()
                .filter(r -> r.role() == Role.BORDER)
                .mapToLong(Region::bytes)
                .sum();
        long kept = p.memory().regions().stream()
                .filter(r -> r.role() != Role.BORDER)
                .mapToLong(r -> r.bytes() + 63)
                .sum();
        assertThat(p.memory().peak("ddr")).isLessThan(kept + borders / 4);
    }

    @Test
    void aStateThatIsReplacedHasOnePlace() {
        Graph graph = SampleGraphs.training(3, 512, false);
        Prediction p = predict(graph, Deployment.of(Arch.of("sn30"), 8));
        List<Region> weights = p.memory().regions().stream()
                .filter(r -> r.role() == Role.WEIGHT)
                .toList();
        assertThat(weights).hasSize(3);
        assertThat(p.memory().regions().stream().filter(r -> r.role() == Role.OUTPUT))
                .noneMatch(r -> r.bytes() == weights.getFirst().bytes());
    }

    @Test
    void whatNoMemoryHoldsIsAnErrorThatSaysWhatIsLargestAndWhatWouldHelp() {
        Graph graph = SampleGraphs.decoder("huge", 200, 32768, 64, 64, 131072, 1, 128256);
        assertThatThrownBy(() -> predict(graph, Deployment.of(Arch.of("sn30"), 8)))
                .isInstanceOf(UserError.class)
                .satisfies(e -> assertThat(Objects.requireNonNull(e.getMessage()))
                        .contains("graph huge does not fit the DDR of SN30, which has 1024.0 GiB.")
                        .contains("The largest is the weight ")
                        .contains("--n-chips N --tensor-parallel weight"));
    }
}
