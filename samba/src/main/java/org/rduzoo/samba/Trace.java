package org.rduzoo.samba;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Dense;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.GraphBuilder;
import org.rduzoo.ir.Layout;
import org.rduzoo.ir.Op;
import org.rduzoo.ir.Ops;
import org.rduzoo.ir.Rewriter;
import org.rduzoo.ir.SectionType;
import org.rduzoo.ir.Shape;
import org.rduzoo.ir.Type;
import org.rduzoo.ir.Value;

/// Records what a model does to its tensors as a graph. Nothing is computed: shapes are enough.
public final class Trace {

    private final GraphBuilder builder;
    private final Map<String, Tensor> parameters = new HashMap<>();
    private final Set<Value> weights = new HashSet<>();
    private final List<Parameter> parameterList = new ArrayList<>();
    private final boolean training;
    private final Optional<LowRank> adapters;
    private final Map<String, LowRank.Layer> adapted = new LinkedHashMap<>();
    private final Set<String> linears = new LinkedHashSet<>();
    private final Map<String, Tensor> scalarInputs = new HashMap<>();
    private final Map<String, Double> dropouts = new TreeMap<>();
    private long dropped;

    /// The input that the random numbers of dropout come from.
    public static final String DROPOUT_SEED = "dropout_seed";

    /// A trace of a model that is used as it is.
    public Trace(String graphName) {
        this(graphName, false, Optional.empty());
    }

    private Trace(String graphName, boolean training, Optional<LowRank> adapters) {
        builder = new GraphBuilder(graphName);
        this.training = training;
        this.adapters = adapters;
    }

    /// A trace of a model that learns: layers with running statistics use the batch's, and move the running ones.
    public static Trace training(String graphName) {
        return training(graphName, Optional.empty());
    }

    /// As [#training(String)], of a model that learns by `adapters`, if there are any.
    public static Trace training(String graphName, Optional<LowRank> adapters) {
        return new Trace(graphName, true, adapters);
    }

    boolean isTraining() {
        return training;
    }

    /// A weight that the model asked for.
    ///
    /// @param initial how it begins when it is not loaded
    public record Parameter(String name, Type type, Init initial) {}

    /// A tensor that the caller gives anew with each run.
    public Tensor input(String name, DType dtype, int... dims) {
        return new Tensor(this, builder.input(name, Graph.Kind.INPUT, Type.of(dtype, dims)));
    }

    /// What a run leaves for the next: zeros at first. [#replaceState] says what becomes of it.
    Tensor state(String name, DType dtype, int... dims) {
        return new Tensor(this, builder.input(name, Graph.Kind.STATE, Type.of(dtype, dims)));
    }

    void replaceState(String name, Tensor tensor) {
        builder.output(name, tensor.value(), Optional.of(name));
    }

    /// A constant.
    public Tensor constant(Dense value) {
        return emit(new Layout.Constant(value));
    }

    /// The number `value` as a scalar.
    public Tensor scalar(DType dtype, double value) {
        return constant(Dense.scalar(dtype, value));
    }

    public void output(String name, Tensor tensor) {
        builder.output(name, tensor.value());
    }

    /// Lets `value` stand in the place of a weight after each run. Such weights are the model's own to change, and not
    /// an optimizer's.
    ///
    /// @throws IllegalArgumentException when `weight` is none
    void replace(Tensor weight, Tensor value) {
        String name = parameters.entrySet().stream()
                .filter(e -> e.getValue().equals(weight))
                .map(Map.Entry::getKey)
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(weight + " is no weight of the model"));
        builder.output(name, value.value(), Optional.of(name));
    }

    /// The graph so far, its values numbered with all inputs first.
    public Graph graph() {
        Graph graph = builder.build();
        Rewriter renumbered = new Rewriter(graph);
        graph.nodes().forEach(renumbered::copy);
        return renumbered.finish();
    }

    /// The weights that the model asked for, in that order.
    public List<Parameter> parameters() {
        return Collections.unmodifiableList(parameterList);
    }

    /// The layers that have adapters.
    ///
    /// @throws UserError when there are to be some, and a target is no linear layer of the model
    public List<LowRank.Layer> adapted() {
        for (String target : adapters.map(LowRank::targets).orElse(List.of())) {
            if (adapted.keySet().stream().noneMatch(p -> p.equals(target) || p.endsWith("." + target))) {
                List<String> names =
                        linears.stream().map(Trace::lastWord).distinct().toList();
                throw new UserError("no linear layer of this model is named %s.%s There are %s."
                        .formatted(
                                target,
                                Nearest.hint(target, names),
                                names.isEmpty() ? "none" : String.join(", ", names)));
            }
        }
        return List.copyOf(adapted.values());
    }

    /// `y`, made of `x` by the layer of `weight`, with what its adapter adds, if it has one.
    Tensor adapted(Tensor weight, Tensor x, Tensor y) {
        String path = weight.value().path();
        linears.add(path);
        if (adapters.isEmpty() || !adapters.get().isFor(path)) {
            return y;
        }
        adapted.put(path, new LowRank.Layer(path, !weights.contains(weight.value())));
        return adapters.get().added(path, x, y);
    }

    /// @throws UserError when the table `weight` is to have an adapter
    void requireNoAdapter(Tensor weight) {
        String path = weight.value().path();
        if (adapters.isPresent() && adapters.get().isFor(path)) {
            throw new UserError(path + " is a table that is looked up, but adapters are for linear layers alone.");
        }
    }

    /// A number that the caller gives anew with each run: the same tensor each time.
    Tensor scalarInput(String name, DType dtype) {
        return scalarInputs.computeIfAbsent(name, n -> input(n, dtype));
    }

    void drops(String input, double usual) {
        dropouts.put(input, usual);
    }

    /// Where the random numbers of a run's dropout come from.
    Tensor dropoutSeed() {
        return scalarInput(DROPOUT_SEED, DType.I64);
    }

    /// The number of the next dropout, which sets its random numbers apart from those of others.
    long nextDropout() {
        return dropped++;
    }

    /// The probabilities that the model is meant to be trained with, by the inputs that hold them.
    public Map<String, Double> dropouts() {
        return Collections.unmodifiableMap(dropouts);
    }

    /// The weight `name`: the same tensor each time.
    Tensor parameter(String name, Init initial, int... dims) {
        return parameter(name, module(name), initial, dims);
    }

    /// @param path the module that it belongs to
    Tensor parameter(String name, String path, Init initial, int... dims) {
        Tensor known = parameters.get(name);
        if (known != null) {
            if (!known.shape().equals(Shape.of(dims))) {
                throw new IllegalArgumentException(name + " is used as " + known.shape() + " and as " + Shape.of(dims));
            }
            return known;
        }
        Type type = Type.of(DType.F32, dims);
        Tensor tensor = new Tensor(this, builder.input(name, Graph.Kind.PARAMETER, type, path));
        parameters.put(name, tensor);
        weights.add(tensor.value());
        parameterList.add(new Parameter(name, type, initial));
        return tensor;
    }

    Tensor emit(Op op) {
        return emitAll(op).getFirst();
    }

    List<Tensor> emitAll(Op op) {
        return builder.add(op, path(Ops.operands(op)), SectionType.FWD).stream()
                .map(v -> new Tensor(this, v))
                .toList();
    }

    /// The model path of an operation: that of its weight, or else of its latest operand that has one, less what it
    /// does
    /// not share with operands of the same module (`self_attn.q_proj` and `self_attn.v_proj` give `self_attn`).
    private String path(List<Value> operands) {
        Value latest = null;
        for (Value v : operands) {
            if (weights.contains(v)) {
                return v.path();
            }
            if (!v.path().isEmpty() && (latest == null || v.number() > latest.number())) {
                latest = v;
            }
        }
        if (latest == null) {
            return "";
        }
        String path = latest.path();
        String parent = module(path);
        for (Value v : operands) {
            if (!parent.isEmpty() && !v.path().equals(path) && module(v.path()).equals(parent)) {
                return parent;
            }
        }
        return path;
    }

    private static String lastWord(String path) {
        return path.substring(path.lastIndexOf('.') + 1);
    }

    private static String module(String name) {
        int dot = name.lastIndexOf('.');
        return dot < 0 ? "" : name.substring(0, dot);
    }
}
