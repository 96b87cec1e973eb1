package org.rduzoo.ir.grad;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.rduzoo.ir.BinaryFn;
import org.rduzoo.ir.CompareFn;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Dense;
import org.rduzoo.ir.Elementwise.Binary;
import org.rduzoo.ir.Elementwise.Compare;
import org.rduzoo.ir.Elementwise.Select;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.GraphBuilder;
import org.rduzoo.ir.Layout.Constant;
import org.rduzoo.ir.Op;
import org.rduzoo.ir.Optimizer.AdamW;
import org.rduzoo.ir.Optimizer.GlobalNorm;
import org.rduzoo.ir.Optimizer.Sgd;
import org.rduzoo.ir.SectionType;
import org.rduzoo.ir.Type;
import org.rduzoo.ir.Value;

/// The graph of a whole training step, from that of a forward pass: its nodes, the gradients of the loss (`bckwd`),
/// their norm (`gradnorm`), and what the optimizer makes of them (`opt`).
///
/// Beside those of the forward pass there are these inputs:
///
/// - `loss.sn_grad`, as the output `loss`: what each of its elements counts for;
/// - `f32[]`: `lr`, `weight_decay`, `max_grad_norm` (0 for no bound); for AdamW `beta1`, `beta2`, `eps`; for gradient
///   descent with a velocity `momentum`;
/// - `step`, `i64[]`, for AdamW: which step this is, from 1;
/// - `rounding_seed`, `i64[]`, where parameters are rounded at random;
/// - `accumulate`, `f32[]`, where gradients accumulate: 0 in the first micro-batch of a step, and 1 in the others.
///
/// And these outputs: the forward pass's; `grad_norm`, before it is bounded; `grads.P` for each parameter `P` on
/// request; and what stands in place of an input after the step, under the input's name: the parameters, AdamW's
/// moments `P.exp_avg` and `P.exp_avg_sq`, the velocities `P.momentum_buffer`, and gradients that accumulate,
/// `grads.P`.
/// A parameter that the loss does not depend on is left as it is, and has none of these.
public final class TrainingGraph {

    public static final String LR = "lr";
    public static final String WEIGHT_DECAY = "weight_decay";
    public static final String MAX_GRAD_NORM = "max_grad_norm";
    public static final String BETA1 = "beta1";
    public static final String BETA2 = "beta2";
    public static final String EPS = "eps";
    public static final String MOMENTUM = "momentum";
    public static final String STEP = "step";
    public static final String ROUNDING_SEED = "rounding_seed";
    public static final String ACCUMULATE = "accumulate";
    public static final String GRAD_NORM = "grad_norm";

    /// Keeps the bounded norm from a division by 0, as PyTorch does.
    private static final double NORM_FLOOR = 1e-6;

    private final TrainingOptions options;
    private final Extension joint;
    private final GraphBuilder builder;
    private final List<Trained> trained = new ArrayList<>();
    private final Map<String, Value> scalars = new LinkedHashMap<>();

    /// A parameter that is trained, and what is kept for it from step to step.
    ///
    /// @param states the optimizer's, by the input's name
    private record Trained(String name, Value value, boolean decays, Map<String, Value> states, Optional<Value> sum) {}

    private TrainingGraph(Graph forward, TrainingOptions options) {
        this.options = options;
        this.joint = new Extension(forward);
        this.builder = joint.builder();
    }

    /// The name of the gradient by a parameter, among outputs and states.
    public static String gradientName(String parameter) {
        return "grads." + parameter;
    }

    /// The name of the input with the gradient by the elements of a loss.
    public static String lossGradientName(String loss) {
        return Extension.gradientInput(loss);
    }

    /// @throws NoGradient when the loss depends on what is trained by an operation that has none, or not at all
    public static Graph of(Graph forward, TrainingOptions options) {
        return new TrainingGraph(forward, options).build(forward);
    }

    private Graph build(Graph forward) {
        Value loss = joint.lossOf(options.loss());
        Value seed = builder.input(lossGradientName(options.loss()), Graph.Kind.INPUT, loss.type());
        scalarInputs();
        for (Graph.Input i : reached(forward, loss)) {
            trained.add(trained(i));
        }
        if (trained.isEmpty()) {
            throw new NoGradient("output %s of graph %s depends on no parameter that is trained."
                    .formatted(options.loss(), forward.name()));
        }
        joint.copyNodes();
        Map<Value, Value> gradients = Backward.extend(
                builder,
                joint.nodes(),
                Map.of(joint.map(loss), seed),
                trained.stream().map(Trained::value).toList());
        joint.copyOutputs();
        List<Value> sums = new ArrayList<>();
        for (Trained t : trained) {
            sums.add(accumulated(t, gradientOf(t, gradients)));
        }
        Value norm = builder.addOne(new GlobalNorm(sums), "", SectionType.GRADNORM);
        builder.output(GRAD_NORM, norm);
        if (options.method() != TrainingOptions.Method.NONE) {
            Value scale = scale(norm);
            for (int i = 0; i < sums.size(); i++) {
                update(trained.get(i), sums.get(i), scale, i);
            }
        }
        return builder.build();
    }

    private void scalarInputs() {
        List<String> names = switch (options.method()) {
            case NONE -> List.of();
            case ADAM_W -> List.of(LR, WEIGHT_DECAY, MAX_GRAD_NORM, BETA1, BETA2, EPS);
            case SGD -> List.of(LR, WEIGHT_DECAY, MAX_GRAD_NORM);
            case MOMENTUM, NESTEROV -> List.of(LR, WEIGHT_DECAY, MAX_GRAD_NORM, MOMENTUM);
        };
        names.forEach(n -> scalars.put(n, builder.input(n, Graph.Kind.INPUT, Type.of(DType.F32))));
        if (options.method() == TrainingOptions.Method.ADAM_W) {
            scalars.put(STEP, builder.input(STEP, Graph.Kind.INPUT, Type.of(DType.I64)));
        }
        if (options.roundsAtRandom() && options.method() != TrainingOptions.Method.NONE) {
            scalars.put(ROUNDING_SEED, builder.input(ROUNDING_SEED, Graph.Kind.INPUT, Type.of(DType.I64)));
        }
        if (options.accumulates()) {
            scalars.put(ACCUMULATE, builder.input(ACCUMULATE, Graph.Kind.INPUT, Type.of(DType.F32)));
        }
    }

    /// The parameters to train that the loss depends on; not those that the forward pass replaces itself, as running
    /// statistics.
    private List<Graph.Input> reached(Graph forward, Value loss) {
        Reach reach = Reach.of(forward, loss);
        Set<String> replaced =
                forward.outputs().stream().flatMap(o -> o.alias().stream()).collect(Collectors.toSet());
        return forward.inputs(Graph.Kind.PARAMETER)
                .filter(i -> i.value().dtype().isFloat() && !replaced.contains(i.name()))
                .filter(i -> options.trained().test(i))
                .filter(i -> reach.contains(i.value()))
                .toList();
    }

    private Trained trained(Graph.Input input) {
        Value value = joint.map(input.value());
        if (value.dtype() != DType.F32) {
            throw new NoGradient("parameter %s is %s: what is trained is traced as f32, and stored as precision says."
                    .formatted(input.name(), value.type()));
        }
        List<String> kept = switch (options.method()) {
            case NONE, SGD -> List.of();
            case ADAM_W -> List.of(".exp_avg", ".exp_avg_sq");
            case MOMENTUM, NESTEROV -> List.of(".momentum_buffer");
        };
        Map<String, Value> states = new LinkedHashMap<>();
        kept.forEach(suffix -> states.put(input.name() + suffix, state(input.name() + suffix, input)));
        Optional<Value> sum =
                options.accumulates() ? Optional.of(state(gradientName(input.name()), input)) : Optional.empty();
        return new Trained(input.name(), value, options.decays().test(input), states, sum);
    }

    private Value state(String name, Graph.Input of) {
        return builder.input(
                name, Graph.Kind.STATE, of.value().type(), of.value().path());
    }

    private static Value gradientOf(Trained parameter, Map<Value, Value> gradients) {
        return Optional.ofNullable(gradients.get(parameter.value))
                .orElseThrow(() -> new AssertionError("no gradient reached " + parameter.name));
    }

    /// The gradient of the step so far: with what the micro-batches before this left, if they are to count.
    private Value accumulated(Trained of, Value gradient) {
        String name = gradientName(of.name);
        if (of.sum.isEmpty()) {
            if (options.yieldsGradients()) {
                builder.output(name, gradient);
            }
            return gradient;
        }
        Value more = emit(new Binary(BinaryFn.ADD, of.sum.get(), gradient), of, SectionType.BCKWD);
        Value isMore = emit(
                new Compare(CompareFn.NE, scalar(ACCUMULATE), number(0, SectionType.BCKWD)), of, SectionType.BCKWD);
        Value sum = emit(new Select(isMore, more, gradient), of, SectionType.BCKWD);
        builder.output(name, sum, Optional.of(name));
        return sum;
    }

    /// What the gradients are multiplied with so that their norm keeps to its bound.
    private Value scale(Value norm) {
        SectionType section = SectionType.GRADNORM;
        Value bound = scalar(MAX_GRAD_NORM);
        Value zero = number(0, section);
        Value one = number(1, section);
        Value floored = builder.addOne(new Binary(BinaryFn.ADD, norm, number(NORM_FLOOR, section)), "", section);
        Value ratio = builder.addOne(new Binary(BinaryFn.DIV, bound, floored), "", section);
        Value most = builder.addOne(new Binary(BinaryFn.MIN, ratio, one), "", section);
        Value bounds = builder.addOne(new Compare(CompareFn.LT, zero, bound), "", section);
        return builder.addOne(new Select(bounds, most, one), "", section);
    }

    private void update(Trained of, Value gradient, Value scale, long layer) {
        Value decay = of.decays ? scalar(WEIGHT_DECAY) : number(0, SectionType.OPT);
        List<Value> states = List.copyOf(of.states.values());
        Value lr = scalar(LR);
        Optional<Value> seed = Optional.ofNullable(scalars.get(ROUNDING_SEED));
        Op op = switch (options.method()) {
            case ADAM_W ->
                new AdamW(
                        of.value,
                        gradient,
                        states.get(0),
                        states.get(1),
                        scale,
                        lr,
                        scalar(BETA1),
                        scalar(BETA2),
                        scalar(EPS),
                        decay,
                        scalar(STEP),
                        seed,
                        layer);
            case SGD ->
                new Sgd(
                        of.value,
                        gradient,
                        Optional.empty(),
                        scale,
                        lr,
                        number(0, SectionType.OPT),
                        decay,
                        false,
                        seed,
                        layer);
            case MOMENTUM, NESTEROV ->
                new Sgd(
                        of.value,
                        gradient,
                        Optional.of(states.getFirst()),
                        scale,
                        lr,
                        scalar(MOMENTUM),
                        decay,
                        options.method() == TrainingOptions.Method.NESTEROV,
                        seed,
                        layer);
            case NONE -> throw new AssertionError(options.method());
        };
        List<Value> results = builder.add(op, of.value.path(), SectionType.OPT);
        builder.output(of.name, results.getFirst(), Optional.of(of.name));
        int i = 1;
        for (String state : of.states.keySet()) {
            builder.output(state, results.get(i++), Optional.of(state));
        }
    }

    private Value scalar(String name) {
        return Optional.ofNullable(scalars.get(name)).orElseThrow(() -> new AssertionError(name));
    }

    private Value number(double x, SectionType section) {
        return builder.addOne(new Constant(Dense.scalar(DType.F32, (float) x)), "", section);
    }

    private Value emit(Op op, Trained of, SectionType section) {
        return builder.addOne(op, of.value.path(), section);
    }
}
