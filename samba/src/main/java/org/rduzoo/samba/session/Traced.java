package org.rduzoo.samba.session;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.Type;
import org.rduzoo.ir.grad.TrainingGraph;
import org.rduzoo.ir.grad.TrainingOptions;
import org.rduzoo.samba.Nearest;
import org.rduzoo.samba.Params;
import org.rduzoo.samba.SambaTensor;
import org.rduzoo.samba.Tensor;
import org.rduzoo.samba.Trace;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.Weights;
import org.rduzoo.samba.app.AppArgs;
import org.rduzoo.samba.optim.Optimizer;

/// A model of one's own as a graph, and what a session must know of it.
///
/// @param inputs what a run is given, by name, with all samples of a batch
/// @param outputNames what the model yields
/// @param microBatches how many a batch is
/// @param numbers that runs may change, by name, as they are without
record Traced(
        Trace trace,
        Graph graph,
        Map<String, Type> inputs,
        List<String> outputNames,
        int microBatches,
        Map<String, Double> numbers) {

    /// @param weights that the model must fit, if there are any yet
    static Traced of(
            Model model, List<SambaTensor> inputs, Optimizer optimizer, AppArgs arguments, Optional<Weights> weights) {
        int batch = arguments.batchSize();
        int rows = arguments.microbatchSize();
        boolean training = !arguments.inference();
        Trace trace = training ? Trace.training("train") : new Trace("forward");
        Params params = weights.map(w -> Params.of(trace, w)).orElseGet(() -> Params.shapes(trace));
        Map<String, Type> types = new LinkedHashMap<>();
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        for (SambaTensor input : inputs) {
            Type type = input.type();
            if (type.rank() == 0 || type.dim(0) != batch) {
                throw new UserError("input %s is %s, but its first dimension must count samples: %d, the batch size."
                        .formatted(input.name(), type, batch));
            }
            if (types.put(input.name(), type) != null) {
                throw new UserError("two inputs are named %s. Give each a name of its own.".formatted(input.name()));
            }
            tensors.put(
                    input.name(),
                    trace.input(
                            input.name(),
                            type.dtype(),
                            type.withDim(0, rows).shape().dims()));
        }
        Map<String, Tensor> outputs = model.forward(
                params,
                name -> Optional.ofNullable(tensors.get(name)).orElseThrow(() -> unknown(name, tensors.keySet())));
        outputs.forEach((name, output) -> {
            if (rows < batch && (output.rank() == 0 || output.dim(0) != rows)) {
                throw new UserError(
                        "output %s is %s, but with micro-batches its first dimension must count samples. Give losses one by one, and no mean; or leave --microbatch-size out."
                                .formatted(name, output));
            }
            trace.output(name, output);
        });
        Graph forward = trace.graph();
        return new Traced(
                trace,
                training ? TrainingGraph.of(forward, options(optimizer, rows < batch)) : forward,
                types,
                List.copyOf(outputs.keySet()),
                batch / rows,
                numbers(forward, training ? optimizer.hyperparameters() : Map.of()));
    }

    private static TrainingOptions options(Optimizer optimizer, boolean accumulates) {
        TrainingOptions options = TrainingOptions.of(optimizer.method());
        return accumulates ? options.accumulating() : options.yieldingGradients();
    }

    private static Map<String, Double> numbers(Graph forward, Map<String, Double> optimizer) {
        Map<String, Double> numbers = new TreeMap<>(optimizer);
        forward.inputs(Graph.Kind.INPUT)
                .filter(i -> i.value().type().equals(Type.of(DType.F32)))
                .forEach(i -> numbers.put(i.name(), 0.0));
        return numbers;
    }

    /// The weights that runs replace: trained ones, and running statistics.
    List<String> replaced() {
        Set<String> replaced =
                graph.outputs().stream().flatMap(o -> o.alias().stream()).collect(Collectors.toSet());
        return trace.parameters().stream()
                .map(Trace.Parameter::name)
                .filter(replaced::contains)
                .toList();
    }

    /// The numbers of a run, where some are changed.
    ///
    /// @throws UserError when the graph takes none of a name
    Map<String, Double> hyperparameters(Map<String, Double> changed) {
        Map<String, Double> all = new TreeMap<>(numbers);
        changed.forEach((name, value) -> {
            if (all.put(name, value) == null) {
                throw new UserError("this graph takes no hyperparameter %s.%s There are %s."
                        .formatted(name, Nearest.hint(name, numbers.keySet()), String.join(", ", numbers.keySet())));
            }
        });
        return all;
    }

    /// A batch by name.
    ///
    /// @throws UserError when a tensor is missing, is none of the inputs, or is of another type than was compiled
    Map<String, SambaTensor> checked(Collection<SambaTensor> batch) {
        Map<String, SambaTensor> tensors = new LinkedHashMap<>();
        for (SambaTensor tensor : batch) {
            Type type = inputs.get(tensor.name());
            if (type == null) {
                throw unknown(tensor.name(), inputs.keySet());
            }
            if (!type.equals(tensor.type())) {
                throw new UserError("input %s is %s, but the model was compiled for %s. %s"
                        .formatted(
                                tensor.name(),
                                tensor.type(),
                                type,
                                type.shape().equals(tensor.shape())
                                        ? "Cast it."
                                        : "Give it in that shape, or compile again for another."));
            }
            tensors.put(tensor.name(), tensor);
        }
        List<String> missing = new ArrayList<>(inputs.keySet());
        missing.removeAll(tensors.keySet());
        if (!missing.isEmpty()) {
            throw new UserError("the model also takes the input %s; this run was not given it."
                    .formatted(String.join(", ", missing)));
        }
        return tensors;
    }

    private static UserError unknown(String name, Collection<String> known) {
        return new UserError("there is no input %s.%s There are %s."
                .formatted(name, Nearest.hint(name, known), String.join(", ", known)));
    }
}
