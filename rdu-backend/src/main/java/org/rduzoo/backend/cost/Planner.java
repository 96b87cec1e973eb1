package org.rduzoo.backend.cost;

import java.util.Comparator;
import org.rduzoo.backend.arch.Deployment;
import org.rduzoo.backend.section.OptLevel;
import org.rduzoo.backend.section.SectionPlan;
import org.rduzoo.ir.Graph;

/// Chooses how a graph is cut into sections: at [OptLevel#O3] that of some promising cuts which takes least time.
public final class Planner {

    private Planner() {}

    /// @throws org.rduzoo.samba.UserError when the chip's memories cannot hold the graph
    public static SectionPlan plan(Graph graph, Deployment deployment, OptLevel level) {
        if (level != OptLevel.O3) {
            return SectionPlan.cut(graph, deployment, level);
        }
        Conditions conditions = Conditions.of(deployment.arch());
        return SectionPlan.candidates(graph, deployment).stream()
                .min(Comparator.comparingDouble(plan -> CostModel.seconds(graph, plan, deployment, conditions)))
                .orElseThrow();
    }
}
