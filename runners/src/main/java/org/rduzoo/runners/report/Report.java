package org.rduzoo.runners.report;

import java.util.List;
import java.util.SequencedMap;
import org.rduzoo.backend.cost.Prediction;
import org.rduzoo.backend.cost.SectionPrediction;
import org.rduzoo.backend.pef.Pef;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.SectionType;

/// What a PEF would cost on its chip, a graph after the other. Everything that is shown comes from these predictions.
///
/// @param name of the PEF, for titles
/// @param predicted what `compile` says of the PEF as a whole
/// @param validated whether anybody published a time of such a model on such a chip
public record Report(
        String name, Pef pef, SequencedMap<String, Object> predicted, boolean validated, List<GraphCost> graphs) {

    /// A graph and what a run of it costs.
    public record GraphCost(Graph graph, Prediction prediction) {

        public String name() {
            return graph.name();
        }

        /// The model path of the node that stands at `place` of a section.
        String path(SectionPrediction section, int place) {
            return graph.nodes().get(section.section().nodes().get(place)).path();
        }

        /// The model paths of a section's nodes, each once, in the order in which they run.
        List<String> paths(SectionPrediction section) {
            return section.section().nodes().stream()
                    .map(n -> graph.nodes().get(n).path())
                    .filter(p -> !p.isEmpty())
                    .distinct()
                    .toList();
        }

        /// Where a section lies in the model, for people: its path or, if it has several, the first and the last.
        public String label(SectionPrediction section) {
            List<String> paths = paths(section);
            if (paths.size() < 2) {
                return paths.isEmpty() ? section.ops() : paths.getFirst();
            }
            return paths.getFirst() + " … " + paths.getLast();
        }
    }

    public Report {
        graphs = List.copyOf(graphs);
    }

    /// A kind of section as users know it from SambaTune.
    public static String type(SectionType type) {
        return switch (type) {
            case FWD -> "Forward";
            case BCKWD -> "Backward";
            case REDUCE -> "Reduce";
            case GRADNORM -> "Gradient norm";
            case OPT -> "Optimizer";
        };
    }
}
