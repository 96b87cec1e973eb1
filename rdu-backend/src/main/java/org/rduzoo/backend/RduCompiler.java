package org.rduzoo.backend;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.rduzoo.backend.arch.Deployment;
import org.rduzoo.backend.cost.Planner;
import org.rduzoo.backend.pef.Compilation;
import org.rduzoo.backend.pef.Pef;
import org.rduzoo.backend.section.SectionPlan;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.InvalidGraph;
import org.rduzoo.ir.Pass;
import org.rduzoo.ir.Verifier;
import org.rduzoo.ir.pass.Precision;
import org.rduzoo.ir.pass.PrecisionOptions;
import org.rduzoo.ir.pass.Rewrites;

/// Compiles traced graphs to a PEF.
public final class RduCompiler {

    /// The compiler's version: what it made before is compiled again when this changes.
    public static final String VERSION = "rdu-zoo 0.1.0";

    private RduCompiler() {}

    public static Pef compile(CompileRequest request) {
        Compilation compilation = Compilation.of(
                request.model(),
                VERSION,
                request.arch().key(),
                request.tiles(),
                request.level(),
                request.arguments(),
                request.precision().asMap(),
                request.configText());
        Deployment deployment = compilation.deployment();
        Precision precision = precision(request.graphs(), request.precision());
        return new Pef(
                compilation,
                request.graphs().parallelStream()
                        .map(g -> compile(g, precision, request, deployment))
                        .toList());
    }

    /// The whole compiler for one graph, top to bottom. Each line changes level; each level can be dumped.
    private static Pef.Entry compile(Graph traced, Precision precision, CompileRequest request, Deployment deployment) {
        Dump dump = new Dump(request.dumpIr(), traced.name());
        Graph graph = rewritten(traced, precision, dump);
        SectionPlan sections = Planner.plan(graph, deployment, request.level(), request.rules());
        dump.after("sections", sections);
        return new Pef.Entry(graph, sections);
    }

    /// How values of these graphs are rounded, which share what any of them trains.
    static Precision precision(List<Graph> graphs, PrecisionOptions options) {
        Set<String> replaced =
                graphs.stream().flatMap(g -> Precision.masters(g).stream()).collect(Collectors.toSet());
        return new Precision(options, replaced);
    }

    /// What is cut into sections of a graph as it was traced.
    static Graph rewritten(Graph traced, Precision precision, Dump dump) {
        Graph graph = dump.after("traced", traced);
        graph = dump.after("precision", run(precision, graph, dump));
        for (Pass pass : Rewrites.standard()) {
            graph = dump.after(pass.name(), run(pass, graph, dump));
        }
        return graph;
    }

    private static Graph run(Pass pass, Graph graph, Dump dump) {
        try {
            return Verifier.check(pass.run(graph));
        } catch (InvalidGraph | IllegalStateException e) {
            throw new CompilerBug(
                    "This is a bug in the compiler, not in your model: pass \"%s\" broke graph %s: %s%s"
                            .formatted(pass.name(), graph.name(), e.getMessage(), dump.where()),
                    e);
        }
    }
}
