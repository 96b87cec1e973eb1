package org.rduzoo.samba.nn;

import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import org.rduzoo.ir.UnaryFn;
import org.rduzoo.samba.Nearest;
import org.rduzoo.samba.Tensor;
import org.rduzoo.samba.UserError;

/// The activation functions of Hugging Face configurations, by the names used there (`hidden_act`).
public enum Activation {
    GELU(x -> x.apply(UnaryFn.GELU), "gelu", "gelu_python"),
    GELU_TANH(x -> x.apply(UnaryFn.GELU_TANH), "gelu_new", "gelu_fast", "gelu_pytorch_tanh", "gelu_accurate"),
    QUICK_GELU(x -> x.times(x.times(1.702).sigmoid()), "quick_gelu"),
    RELU(x -> x.apply(UnaryFn.RELU), "relu"),
    RELU2(x -> x.apply(UnaryFn.RELU).times(x.apply(UnaryFn.RELU)), "relu2"),
    RELU6(x -> x.apply(UnaryFn.RELU).min(6), "relu6"),
    LEAKY_RELU(x -> x.max(0).plus(x.min(0).times(0.01)), "leaky_relu"),
    HARDSWISH(x -> x.times(x.plus(3).max(0).min(6)).times(1 / 6.0), "hardswish"),
    SILU(x -> x.apply(UnaryFn.SILU), "silu", "swish"),
    MISH(x -> x.times(x.apply(UnaryFn.SOFTPLUS).tanh()), "mish"),
    TANH(Tensor::tanh, "tanh"),
    SIGMOID(Tensor::sigmoid, "sigmoid"),
    IDENTITY(x -> x, "linear");

    private final UnaryOperator<Tensor> function;
    private final List<String> names;

    Activation(UnaryOperator<Tensor> function, String... names) {
        this.function = function;
        this.names = List.of(names);
    }

    public Tensor apply(Tensor x) {
        return function.apply(x);
    }

    /// The function that a configuration names.
    ///
    /// @param key the key that holds the name, for the message
    /// @throws UserError when there is none
    public static Activation of(String key, String name) {
        List<String> known =
                Arrays.stream(values()).flatMap(a -> a.names.stream()).sorted().toList();
        return Arrays.stream(values())
                .filter(a -> a.names.contains(name))
                .findFirst()
                .orElseThrow(() -> new UserError("config.json: %s is \"%s\", which is not supported.%s Supported: %s."
                        .formatted(key, name, Nearest.hint(name, known), String.join(", ", known))));
    }
}
