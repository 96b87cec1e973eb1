package org.rduzoo.samba;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.rduzoo.ir.Shape;
import org.rduzoo.ir.Type;

/// A model's weights under a path, as in a checkpoint: `params.at("layers").at("3")` holds `layers.3.…`.
///
/// A model asks for its weights by name and shape. Over a checkpoint, each is checked against the file there and then;
/// without one, the shapes are all there is. Either way the graph that results is the same.
public final class Params {

    private final Trace trace;
    private final Optional<Weights> weights;
    private final String path;

    private Params(Trace trace, Optional<Weights> weights, String path) {
        this.trace = trace;
        this.weights = weights;
        this.path = path;
    }

    /// Shapes alone: enough to compile, or to train from scratch.
    public static Params shapes(Trace trace) {
        return new Params(trace, Optional.empty(), "");
    }

    /// The weights of a checkpoint.
    public static Params of(Trace trace, Weights weights) {
        return new Params(trace, Optional.of(weights), "");
    }

    /// The weights under `name`.
    public Params at(String name) {
        return new Params(trace, weights, join(name));
    }

    /// `n` layers, made from the weights under `0`, `1`, …
    public <T> List<T> repeat(int n, Function<Params, T> layer) {
        return IntStream.range(0, n)
                .mapToObj(i -> layer.apply(at(Integer.toString(i))))
                .toList();
    }

    /// The weight `name` of this shape.
    ///
    /// @throws UserError when the checkpoint lacks it, or has it in another shape
    public Tensor get(String name, Init initial, int... dims) {
        String full = join(name);
        weights.ifPresent(w -> check(w, full, Shape.of(dims)));
        return trace.parameter(full, initial, dims);
    }

    private static void check(Weights weights, String name, Shape expected) {
        Optional<Weights.Weight> weight = weights.find(name);
        if (weight.isEmpty()) {
            List<String> near = Nearest.of(name, weights.names(), 3);
            throw new UserError("%s is missing from %s.%s Is config.json from another checkpoint?"
                    .formatted(
                            name,
                            weights.source(),
                            near.isEmpty() ? "" : " The nearest names there: " + String.join(", ", near) + "."));
        }
        Type type = weight.get().type();
        if (!type.shape().equals(expected)) {
            throw new UserError(
                    "%s has shape %s, but config.json asks for %s. Read from %s. Is config.json from another checkpoint?"
                            .formatted(
                                    name, type.shape(), expected, weight.get().source()));
        }
        if (!type.dtype().isFloat()) {
            throw new UserError("%s holds %s, but a weight must be of a float type. Read from %s."
                    .formatted(name, type.dtype().text(), weight.get().source()));
        }
    }

    private String join(String name) {
        return path.isEmpty() ? name : path + "." + name;
    }
}
