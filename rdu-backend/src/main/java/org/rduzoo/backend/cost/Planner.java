package org.rduzoo.backend.cost;

import java.util.Comparator;
import org.rduzoo.backend.arch.Deployment;
import org.rduzoo.backend.fusion.FusionRules;
import org.rduzoo.backend.section.OptLevel;
import org.rduzoo.backend.section.SectionPlan;
import org.rduzoo.ir.Graph;

/// Chooses how a graph is cut into sections: at [OptLevel#O3] that of some promising cuts which takes least time.
public final class Planner {

    private Planner() {}

    /// By the rules that come with the compiler.
    ///
    /// @throws org.rduzoo.samba.UserError when the chip's memories cannot hold the graph
    public static SectionPlan plan(Graph graph, Deployment deployment, OptLevel level) {
        return plan(graph, deployment, level, FusionRules.builtIn());
    }

    /// @throws org.rduzoo.samba.UserError when the chip's memories cannot hold the graph
    public static SectionPlan plan(Graph graph, Deployment deployment, OptLevel level, FusionRules rules) {
        if (level != OptLevel.O3) {
            return SectionPlan.cut(graph, deployment, level, rules);
        }
        Conditions conditions = Conditions.of(deployment.arch());
        return SectionPlan.candidates(graph, deployment, rules).stream()
                .min(Comparator.comparingDouble(plan -> CostModel.seconds(graph, plan, deployment, conditions)))
                .orElseThrow();
    }
}
