package org.rduzoo.backend;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.rduzoo.backend.cost.Conditions;
import org.rduzoo.backend.cost.CostModel;
import org.rduzoo.backend.host.HostGraph;
import org.rduzoo.backend.host.HostModel;
import org.rduzoo.backend.host.HostOptions;
import org.rduzoo.backend.host.SectionRuns;
import org.rduzoo.backend.pef.Pef;
import org.rduzoo.backend.section.Section;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.SectionType;
import org.rduzoo.samba.Weights;
import org.rduzoo.samba.session.Executable;

/// A PEF of one graph on this machine. From when sections are first run by number, all are run one by one, so that each
/// finds what the others left.
final class LoadedPef implements Executable {

    private final Pef pef;
    private final HostModel model;
    private final HostGraph graph;
    private Optional<SectionRuns> apart = Optional.empty();

    private LoadedPef(Pef pef, HostModel model) {
        this.pef = pef;
        this.model = model;
        this.graph = model.graph(name());
    }

    static LoadedPef of(Pef pef, Weights weights, HostOptions options) {
        HostModel model = HostModel.load(pef, weights, options);
        try {
            return new LoadedPef(pef, model);
        } catch (RuntimeException | Error e) {
            model.close();
            throw e;
        }
    }

    private String name() {
        return pef.entries().getFirst().name();
    }

    @Override
    public Graph graph() {
        return pef.entries().getFirst().graph();
    }

    @Override
    public MemorySegment input(String name) {
        return graph.input(name);
    }

    @Override
    public MemorySegment output(String name) {
        return graph.output(name);
    }

    @Override
    public MemorySegment state(String name) {
        return model.state(name);
    }

    @Override
    public void run(Set<SectionType> types) {
        if (apart.isEmpty()) {
            graph.run(types);
            return;
        }
        List<SectionType> all = sections();
        for (int id = 0; id < all.size(); id++) {
            if (types.contains(all.get(id))) {
                apart.get().run(id);
            }
        }
    }

    @Override
    public void runSections(List<Integer> ids) {
        if (apart.isEmpty()) {
            apart = Optional.of(model.sections(name()));
        }
        new TreeSet<>(ids).forEach(apart.get()::run);
    }

    @Override
    public List<SectionType> sections() {
        return pef.entries().getFirst().plan().sections().stream()
                .map(Section::type)
                .toList();
    }

    @Override
    public String description() {
        return model.description();
    }

    @Override
    public double predictedSeconds(int microBatches) {
        return predictedSeconds(pef, microBatches);
    }

    static double predictedSeconds(Pef pef, int microBatches) {
        Pef.Entry entry = pef.entries().getFirst();
        Conditions conditions = Conditions.of(pef.arch()).withMicroBatches(microBatches);
        return CostModel.predict(entry.graph(), entry.plan(), pef.deployment(), conditions)
                .seconds();
    }

    @Override
    public void close() {
        model.close();
    }
}
