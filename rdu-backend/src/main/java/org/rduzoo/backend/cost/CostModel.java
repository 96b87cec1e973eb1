package org.rduzoo.backend.cost;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.rduzoo.backend.arch.Deployment;
import org.rduzoo.backend.section.Access;
import org.rduzoo.backend.section.Collective;
import org.rduzoo.backend.section.Section;
import org.rduzoo.backend.section.SectionFlow;
import org.rduzoo.backend.section.SectionLabel;
import org.rduzoo.backend.section.SectionPlan;
import org.rduzoo.backend.section.StageBuffer;
import org.rduzoo.backend.section.StageNode;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.Node;
import org.rduzoo.ir.SectionType;

/// The timing model: what each section of a plan takes on the chip that it was cut for.
///
/// Within a section tiles stream through stages while memories and links work beside them, so its execution takes as
/// long as the slowest of these; sections follow each other. Sections that run one program on values that lie in the
/// same memories cost the same, and are worked out once.
public final class CostModel {

    private final Graph graph;
    private final Deployment deployment;
    private final Conditions conditions;
    private final SectionFlow flow;
    private final MemoryPlanner.Planned memory;
    private final SectionPlacer placer;
    private final List<Facts> facts = new ArrayList<>();

    /// What of a section does not depend on rates.
    private record Facts(
            Section section,
            List<StageNode> stages,
            List<StageBuffer> buffers,
            List<Collective> collectives,
            Traffic traffic) {}

    private CostModel(Graph graph, SectionPlan plan, Deployment deployment, Conditions conditions) {
        this.graph = graph;
        this.deployment = deployment;
        this.conditions = conditions;
        placer = new SectionPlacer(graph, deployment);
        flow = SectionFlow.of(graph, plan, deployment);
        memory = MemoryPlanner.plan(graph, plan, flow, deployment.arch(), conditions.keys());
        Map<Integer, Facts> programs = new HashMap<>();
        for (Section s : plan.sections()) {
            Facts first = programs.get(s.program());
            Traffic traffic = traffic(s);
            Facts own = first == null
                    ? facts(s, traffic)
                    : new Facts(s, first.stages, first.buffers, first.collectives, traffic);
            programs.putIfAbsent(s.program(), own);
            facts.add(own);
        }
    }

    /// What a run of `graph` takes.
    ///
    /// @throws org.rduzoo.samba.UserError when the chip's memories cannot hold it
    public static Prediction predict(Graph graph, SectionPlan plan, Deployment deployment, Conditions conditions) {
        CostModel model = new CostModel(graph, plan, deployment, conditions);
        Rates rates = Rates.of(deployment.arch());
        List<SectionPrediction> sections = model.sections(rates);
        return new Prediction(
                graph.name(),
                deployment,
                plan.level(),
                sections,
                model.memory.plan(),
                rates.get(Parameter.HOST_STEP),
                new Range(() -> Sensitivity.of(deployment.arch(), rates, model::seconds)));
    }

    /// Only how long it takes.
    static double seconds(Graph graph, SectionPlan plan, Deployment deployment, Conditions conditions) {
        return new CostModel(graph, plan, deployment, conditions).seconds(Rates.of(deployment.arch()));
    }

    private Facts facts(Section section, Traffic traffic) {
        List<StageNode> stages = flow.stages(section, conditions.keys());
        return new Facts(
                section, stages, flow.buffers(section, stages, conditions.keys()), flow.collectives(section), traffic);
    }

    private Traffic traffic(Section section) {
        long[] read = new long[2];
        long[] written = new long[2];
        long weights = 0;
        long scattered = 0;
        boolean hasHbm = deployment.arch().memories().size() > 1;
        for (Access a : flow.accesses(section, conditions.keys())) {
            int level = hasHbm ? memory.level(a.value()) : 1;
            (a.write() ? written : read)[level] += a.bytes();
            weights += a.weight() ? a.bytes() : 0;
            scattered += a.scattered() ? a.bytes() : 0;
        }
        long peer = PeerTime.sent(flow.collectives(section), deployment.chips());
        return new Traffic(read[0], written[0], read[1], written[1], weights, scattered, peer);
    }

    private double seconds(Rates rates) {
        return rates.get(Parameter.HOST_STEP)
                + sections(rates).stream()
                        .mapToDouble(SectionPrediction::seconds)
                        .sum();
    }

    /// What the execution of a program takes, when it moves so much.
    private record Execution(SectionLayout layout, double edges, Busy busy, double peer) {}

    private record Key(int program, Traffic traffic) {}

    private List<SectionPrediction> sections(Rates rates) {
        Map<Key, Execution> executions = new HashMap<>();
        List<SectionPrediction> sections = new ArrayList<>();
        int before = -1;
        for (Facts f : facts) {
            Execution e = executions.computeIfAbsent(new Key(f.section.program(), f.traffic), _ -> execution(f, rates));
            boolean again = f.section.program() == before;
            SectionTime time = new SectionTime(
                    launch(again, rates),
                    again ? 0 : rates.get(Parameter.PROGRAM_LOAD),
                    again && conditions.schedule() ? 0 : rates.get(Parameter.ARGUMENT_LOAD),
                    e.edges,
                    e.busy.longest(),
                    e.peer);
            sections.add(prediction(f, e, time));
            before = f.section.program();
        }
        return started(sections, rates.get(Parameter.HOST_STEP));
    }

    /// The same sections with their start: first those that run once a micro-batch, then those that run once.
    private static List<SectionPrediction> started(List<SectionPrediction> sections, double host) {
        double pass = host;
        double after = host
                + sections.stream()
                        .filter(s -> s.runs() > 1)
                        .mapToDouble(SectionPrediction::seconds)
                        .sum();
        List<SectionPrediction> started = new ArrayList<>();
        for (SectionPrediction s : sections) {
            if (s.runs() > 1) {
                started.add(s.startingAt(pass));
                pass += s.time().seconds();
            } else {
                started.add(s.startingAt(after));
                after += s.seconds();
            }
        }
        return started;
    }

    /// A chip that runs from its own schedule repeats a program without another launch.
    private double launch(boolean again, Rates rates) {
        if (!conditions.schedule()) {
            return rates.get(Parameter.HOST_LAUNCH);
        }
        return rates.get(again ? Parameter.LOOP : Parameter.SCHEDULE_LAUNCH);
    }

    private Execution execution(Facts f, Rates rates) {
        double hbm = 0;
        double ddr = 0;
        Traffic t = f.traffic;
        double scattered = t.memory() == 0 ? 0 : t.scattered() / (double) t.memory();
        double fastest = 1 / rates.get(Parameter.MEMORY_STREAM) * (1 - scattered)
                + 1 / rates.get(Parameter.MEMORY_SCATTERED) * scattered;
        if (deployment.arch().memories().size() > 1) {
            hbm = t.hbm() * fastest;
            ddr = t.ddr() / rates.get(Parameter.BACKING_STREAM);
        } else {
            ddr = t.ddr() * fastest;
        }
        SectionLayout layout = placer.place(f.section.program(), f.stages, f.buffers, rates, Math.max(hbm, ddr));
        double tiles = layout.tiles();
        double values = t.memory() == 0 ? 0 : 1 - t.weights() / (double) t.memory();
        // With a single tile nothing runs ahead of memory, and all of it is execution.
        double edges = Math.max(hbm, ddr) * values / tiles * (1 - 1 / tiles);
        // What the last tile sends cannot hide behind stages.
        double sending = 0;
        double waiting = 0;
        for (Collective c : f.collectives) {
            PeerTime time = PeerTime.of(c, deployment, rates);
            sending += time.sending() * (1 - 1 / tiles);
            waiting += time.waiting() + time.sending() / tiles;
        }
        Busy busy = new Busy(layout.pipeline(), layout.slowest(), layout.busiestLink(), hbm, ddr, sending);
        return new Execution(layout, edges, busy, waiting);
    }

    private SectionPrediction prediction(Facts f, Execution e, SectionTime time) {
        List<Node> nodes =
                f.section.nodes().stream().map(n -> graph.nodes().get(n)).toList();
        boolean everyBatch = f.section.type() == SectionType.FWD || f.section.type() == SectionType.BCKWD;
        return new SectionPrediction(
                f.section,
                SectionLabel.commonPath(nodes.stream().map(Node::path).toList()),
                SectionLabel.ops(nodes),
                e.layout,
                everyBatch ? conditions.microBatches() : 1,
                0,
                time,
                e.busy,
                f.traffic,
                f.section.flops());
    }
}
