package org.rduzoo.backend.host;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.rduzoo.backend.host.conv.Convolutions;
import org.rduzoo.backend.host.gemm.Products;
import org.rduzoo.backend.host.kernel.Kernels;
import org.rduzoo.backend.host.onednn.OneDnn;
import org.rduzoo.backend.host.simd.VectorKernels;
import org.rduzoo.backend.pef.Pef;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.Weights;

/// A PEF with a checkpoint's weights on this machine. Its graphs share the weights, the states (as a cache of keys and
/// values) and the threads; one runs at a time.
public final class HostModel implements AutoCloseable {

    private final Pef pef;
    private final HostOptions options;
    private final Team team;
    private final Products products;
    private final Convolutions convolutions;
    private final Arena arena = Arena.ofShared();
    private final HostWeights weights;
    private final HostStates states;
    private final KernelMaker maker;
    private final KeptUnits kept;
    private final Map<String, HostGraph> graphs = new HashMap<>();

    private HostModel(Pef pef, Weights weights, HostOptions options, KeptUnits kept) {
        this.pef = pef;
        this.kept = kept;
        this.options = options;
        this.team = new Team(options.threads());
        this.products = Products.of(options.isa(), options.threads());
        this.weights = new HostWeights(weights, new ProductRows(pef), products, arena);
        this.states = new HostStates(pef, this.weights, arena);
        Kernels kernels = VectorKernels.of(options.isa());
        this.convolutions = Convolutions.of(options.isa(), options.threads(), kernels.math());
        this.maker = new KernelMaker(options, kernels, products, convolutions, this.weights, arena);
    }

    /// Begins to load what every model needs, on a thread of its own, while the caller does something else.
    public static void prepare(HostOptions options) {
        Thread.ofPlatform().daemon().name("rdu-prepare").start(() -> OneDnn.load(options.isa()));
    }

    /// Whether all loops that were run are compiled by now, and so as fast as they will be.
    public static boolean isCompiled() {
        return VectorKernels.areCompiled();
    }

    /// Makes ready to run. The weights are read when a graph needs them, and must stay open until this is closed.
    public static HostModel load(Pef pef, Weights weights, HostOptions options) {
        return load(pef, weights, options, KeptUnits.nowhere());
    }

    /// As [#load(Pef, Weights, HostOptions)], with what is left of an earlier load of the same PEF.
    public static HostModel load(Pef pef, Weights weights, HostOptions options, KeptUnits kept) {
        return new HostModel(pef, weights, options, kept);
    }

    /// The graph of this name, planned when it is first asked for.
    ///
    /// @throws UserError when the PEF has none, or the weights do not fit it
    public HostGraph graph(String name) {
        return graphs.computeIfAbsent(name, n -> load(entry(n)));
    }

    /// The sections of the graph of this name, to be run one by one.
    public SectionRuns sections(String name) {
        Pef.Entry entry = entry(name);
        return new SectionRuns(entry.graph(), graph(name), entry.plan(), g -> load(Grouped.of(g, states.trained())));
    }

    private HostGraph load(Pef.Entry entry) {
        return load(kept.get(pef.entries().indexOf(entry), () -> Grouped.of(entry.graph(), states.trained())));
    }

    private HostGraph load(Grouped grouped) {
        PackedAhead ahead = new PackedAhead(grouped.graph(), states.trained(), weights);
        // The first graph is mostly a short prompt's, and its first run what somebody waits for.
        boolean packed = !graphs.isEmpty() || !states.trained().isEmpty() || !ahead.isForFewRows();
        if (packed) {
            ahead.start();
        }
        try (ahead) {
            HostPlan plan = Lowering.plan(grouped, states.trained());
            return new HostGraph(grouped.graph(), plan, team, maker, weights, states, arena, packed);
        }
    }

    private Pef.Entry entry(String name) {
        return pef.entry(name)
                .orElseThrow(() -> new UserError("the PEF has no graph %s; it has %s."
                        .formatted(
                                name,
                                String.join(
                                        ", ",
                                        pef.entries().stream()
                                                .map(Pef.Entry::name)
                                                .toList()))));
    }

    /// The states that the graphs share, by name: trained parameters, which begin as the checkpoint has them, among
    /// them.
    public List<String> states() {
        return states.names();
    }

    /// The memory of a state: row-major, in the type that the graphs give it. Zero until a run or the caller writes it,
    /// but a trained parameter begins as the checkpoint has it.
    public MemorySegment state(String name) {
        return states.memory(name);
    }

    /// Makes all states zero again; trained parameters stay.
    public void clearStates() {
        states.clear();
    }

    /// What it runs on, for the log: as in `2 threads, avx512; products by oneDNN`.
    public String description() {
        return options.threads() + (options.threads() == 1 ? " thread, " : " threads, ")
                + options.isa().text() + "; " + products.description();
    }

    /// The memory that the graphs asked for so far take, without weights.
    public long memoryBytes() {
        return states.bytes()
                + graphs.values().stream().mapToLong(HostGraph::bytes).sum();
    }

    @Override
    public void close() {
        team.close();
        maker.close();
        convolutions.close();
        products.close();
        arena.close();
    }
}
