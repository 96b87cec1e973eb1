package org.rduzoo.backend.host;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.rduzoo.backend.host.Buffer.Kind;
import org.rduzoo.backend.host.machine.Kernel;
import org.rduzoo.backend.host.onednn.NativeMemory;
import org.rduzoo.backend.host.simd.VectorKernels;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Dense;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.SectionType;
import org.rduzoo.ir.Type;
import org.rduzoo.samba.Nearest;
import org.rduzoo.samba.session.LoadedGraph;

/// A graph that is ready to run: fill its inputs, call [#run], read its outputs. A run allocates
/// nothing, but for the second, when weights may be packed that the first read as they lie: results may then differ in
/// the last bits.
public final class HostGraph implements LoadedGraph {

    private final Graph graph;
    private final HostPlan plan;
    private final Team team;
    private final Map<Buffer, MemorySegment> memory = new HashMap<>();
    private final Map<SectionType, Kernel[]> kernels = new EnumMap<>(SectionType.class);
    private final List<Phase> phases = new ArrayList<>();
    private final long bytes;
    private final KernelMaker maker;
    private Kernel[] all;
    private boolean packed;
    private boolean hasRun;

    /// Steps that run together, and what they are.
    private record Phase(List<Step> steps, Kernel kernel) {}

    /// How long a phase took in one run.
    ///
    /// @param label what its steps do and where they came from
    public record PhaseTime(String label, SectionType section, double seconds) {}

    /// @param graph as it is planned
    /// @param packed whether products read packed weights from the first run on, and not only from the second
    HostGraph(
            Graph graph,
            HostPlan plan,
            Team team,
            KernelMaker maker,
            HostWeights weights,
            HostStates states,
            Arena arena,
            boolean packed) {
        this.graph = graph;
        this.plan = plan;
        this.team = team;
        this.maker = maker;
        this.packed = packed;
        MemorySegment shared = NativeMemory.zeros(Math.max(64, plan.arena().bytes()), arena);
        long total = shared.byteSize();
        plan.inputs().forEach((name, view) -> {
            if (view.buffer().kind() == Kind.STATE) {
                memory.put(view.buffer(), states.memory(name, new Type(view.dtype(), view.shape())));
            }
        });
        for (Buffer buffer : plan.buffers()) {
            if (plan.arena().offsets().containsKey(buffer)) {
                memory.put(buffer, shared.asSlice(plan.arena().offset(buffer), buffer.bytes()));
            } else if (plan.parameters().containsKey(buffer)) {
                memory.put(buffer, weights.plain(plan.parameters().get(buffer)));
            } else if (List.of(Kind.INPUT, Kind.OUTPUT, Kind.LOADED).contains(buffer.kind())) {
                memory.put(buffer, NativeMemory.zeros(Math.max(64, buffer.bytes()), arena));
                total += buffer.bytes();
            }
        }
        bytes = total;
        plan.constants().forEach((buffer, value) -> fill(memory.get(buffer), value));
        all = new Kernel[0];
        bind(packed ? maker : maker.withoutPacking());
    }

    /// Makes the kernels; those that run once are made and run the first time.
    private void bind(KernelMaker by) {
        List<Kernel> loading = new ArrayList<>();
        List<Kernel> running = new ArrayList<>();
        Map<SectionType, List<Kernel>> bySection = new EnumMap<>(SectionType.class);
        phases.clear();
        for (List<Step> phase : plan.phases()) {
            if (phase.getFirst().loading() && hasRun) {
                continue;
            }
            Kernel[] steps =
                    phase.stream().map(s -> s.binder().bind(by, memory::get)).toArray(Kernel[]::new);
            Kernel together = steps.length == 1 ? steps[0] : new Together(steps, team.size());
            if (phase.getFirst().loading()) {
                loading.add(together);
            } else {
                running.add(together);
                phases.add(new Phase(phase, together));
                bySection
                        .computeIfAbsent(phase.getFirst().section(), _ -> new ArrayList<>())
                        .add(together);
            }
        }
        team.run(loading.toArray(Kernel[]::new));
        all = running.toArray(Kernel[]::new);
        bySection.forEach((section, list) -> kernels.put(section, list.toArray(Kernel[]::new)));
    }

    /// Makes ready for a run: a graph that runs again gets its weights packed.
    private void begin() {
        if (hasRun && !packed) {
            bind(maker);
            packed = true;
        }
        hasRun = true;
    }

    /// The graph as it is planned: its inputs and outputs are those that the PEF tells of, its nodes may be others.
    @Override
    public Graph graph() {
        return graph;
    }

    /// Where the caller puts the input or the state `name`: row-major, in the type that the graph gives it.
    @Override
    public MemorySegment input(String name) {
        return segment(plan.inputs(), name);
    }

    @Override
    public MemorySegment output(String name) {
        return segment(plan.outputs(), name);
    }

    /// Runs the graph once on what its inputs hold.
    public void run() {
        begin();
        team.run(all);
        VectorKernels.ran();
    }

    /// Runs some parts of a training step. Each works on what the parts before left when they were last run: so
    /// forward and backward can be run for each micro-batch, and the optimizer once after them.
    @Override
    public void run(Set<SectionType> sections) {
        begin();
        for (SectionType section : SectionType.values()) {
            Kernel[] part = kernels.get(section);
            if (part != null && sections.contains(section)) {
                team.run(part);
            }
        }
        VectorKernels.ran();
    }

    /// Runs the graph once, phase by phase, and says how long each took: all threads meet after each, as in [#run].
    public List<PhaseTime> timed() {
        begin();
        List<PhaseTime> times = new ArrayList<>();
        for (Phase phase : phases) {
            long start = System.nanoTime();
            team.run(phase.kernel);
            times.add(new PhaseTime(
                    label(phase.steps), phase.steps.getFirst().section(), (System.nanoTime() - start) / 1e9));
        }
        return times;
    }

    private static String label(List<Step> phase) {
        return phase.stream().map(Step::label).collect(Collectors.joining(" + "));
    }

    /// The plan as text, a line a step.
    public String plan() {
        return plan.toString();
    }

    /// The memory that inputs, outputs and intermediate results take, without weights and states.
    public long bytes() {
        return bytes;
    }

    private MemorySegment segment(Map<String, View> views, String name) {
        View view = views.get(name);
        if (view == null) {
            throw new IllegalArgumentException(
                    "graph %s has no %s.%s".formatted(graph.name(), name, Nearest.hint(name, views.keySet())));
        }
        MemorySegment segment = memory.get(view.buffer());
        if (segment == null) {
            throw new AssertionError(view);
        }
        return segment.asSlice(0, view.shape().elements() * view.dtype().bytes());
    }

    private static void fill(@org.jspecify.annotations.Nullable MemorySegment to, Dense value) {
        if (to == null) {
            return;
        }
        DType dtype = value.type().dtype();
        for (int i = 0; i < value.data().length; i++) {
            double x = value.data()[i];
            switch (dtype) {
                case F32 -> to.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) x);
                case BF16 -> to.setAtIndex(ValueLayout.JAVA_SHORT, i, HostWeights.toBf16((float) x));
                case I64 -> to.setAtIndex(ValueLayout.JAVA_LONG, i, (long) x);
                case BOOL -> to.set(ValueLayout.JAVA_BYTE, i, (byte) (x == 0 ? 0 : 1));
                case U8, I8, F8_E4M3, F8_E5M2, I16, U16, F16, I32, U32, U64, F64 ->
                    throw new AssertionError("graphs do not compute in " + dtype.text());
            }
        }
    }

    /// Kernels that need nothing of each other: no thread waits for another between them.
    private static final class Together implements Kernel {

        private final Kernel[] kernels;

        /// Of how many parts each is, and the most of these.
        private final int[] shares;

        private final int most;

        Together(Kernel[] kernels, int threads) {
            this.kernels = kernels;
            this.shares = new int[kernels.length];
            int most = 0;
            for (int i = 0; i < kernels.length; i++) {
                shares[i] = kernels[i].parts(threads);
                most = Math.max(most, shares[i]);
            }
            this.most = most;
        }

        @Override
        public void run(int part, int parts) {
            for (int i = 0; i < kernels.length; i++) {
                int own = shares[i];
                if (part < own) {
                    kernels[i].run(part, own);
                }
            }
        }

        @Override
        public int parts(int threads) {
            return most;
        }
    }
}
