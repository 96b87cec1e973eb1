package org.rduzoo.checkpoint.gguf;

import java.util.Optional;
import java.util.stream.IntStream;
import org.rduzoo.samba.UserError;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// How rotations are slowed down for long contexts, as `rope_scaling` in `config.json`.
///
/// GGUF has Llama 3's way as one factor a rotation, `config.json` as the four numbers that the factors come
/// from: a rotation whose wave is shorter than `context / high` keeps its speed, one longer than `context /
/// low` is slowed by `factor`, and between them the speed goes from one to the other with the number of
/// waves in the context. The numbers are found again from the factors, and taken only if they give these
/// very factors.
final class RopeScaling {

    /// Llama 3.1 and all models since have these; where the factors leave a choice, they are tried first.
    private static final double USUAL_LOW = 1;

    private static final double USUAL_HIGH = 4;
    private static final int USUAL_CONTEXT = 8192;

    /// Relative error that a factor may have from arithmetic in floats.
    private static final double TOLERANCE = 1e-5;

    private RopeScaling() {}

    /// The scaling of a model, or nothing if its rotations run at full speed.
    ///
    /// @param factors what each rotation's speed is divided by, if the file has a tensor of them
    static Optional<ObjectNode> of(
            String source, GgufMetadata m, double theta, int headDim, int context, Optional<float[]> factors) {
        if (factors.isPresent()) {
            return ofFactors(source, factors.get(), theta, headDim, context);
        }
        String type = m.text("llama.rope.scaling.type").orElse("linear");
        double factor = m.number("llama.rope.scaling.factor")
                .orElse(m.number("llama.rope.scale_linear").orElse(1));
        return switch (type) {
            case "none" -> Optional.empty();
            case "linear" ->
                factor == 1 || factor == 0
                        ? Optional.empty()
                        : Optional.of(named("linear").put("factor", factor));
            case "yarn" -> {
                ObjectNode yarn = named("yarn").put("factor", factor);
                m.integer("llama.rope.scaling.original_context_length")
                        .ifPresent(n -> yarn.put("original_max_position_embeddings", n));
                m.number("llama.rope.scaling.attn_factor").ifPresent(a -> yarn.put("attention_factor", a));
                yield Optional.of(yarn);
            }
            default ->
                throw new UserError(source + ": metadata llama.rope.scaling.type is " + type
                        + "; none, linear and yarn are known, and Llama 3's, which is told by its tensor "
                        + LlamaTensors.ROPE_FACTORS + ".");
        };
    }

    private static Optional<ObjectNode> ofFactors(
            String source, float[] factors, double theta, int headDim, int context) {
        if (factors.length != headDim / 2) {
            throw new UserError(source + ": tensor \"" + LlamaTensors.ROPE_FACTORS + "\" has " + factors.length
                    + " elements, expected one for each of the " + headDim / 2 + " rotations of a head of " + headDim
                    + ".");
        }
        double largest = 1;
        for (float f : factors) {
            if (!(f >= 1 && f <= 1e6)) {
                throw new UserError(source + ": tensor \"" + LlamaTensors.ROPE_FACTORS
                        + "\": expected factors from 1 to a million, found " + f
                        + ". The file is damaged; get it again.");
            }
            largest = Math.max(largest, f);
        }
        if (largest == 1) {
            return Optional.empty();
        }
        double[] waves = new double[factors.length];
        for (int i = 0; i < waves.length; i++) {
            waves[i] = 2 * Math.PI * Math.pow(theta, 2.0 * i / headDim);
        }
        Optional<Llama3> found = Llama3.from(factors, waves, largest);
        return Optional.of(found.map(Llama3::json).orElseGet(() -> explicit(factors, context)));
    }

    /// Every factor by itself: Hugging Face's `longrope` with the same factors for short and long contexts.
    private static ObjectNode explicit(float[] factors, int context) {
        ObjectNode json = named("longrope");
        ArrayNode list = JsonNodeFactory.instance.arrayNode();
        for (float f : factors) {
            list.add(Double.parseDouble(Float.toString(f)));
        }
        json.set("short_factor", list);
        json.set("long_factor", list.deepCopy());
        return json.put("factor", 1.0).put("attention_factor", 1.0).put("original_max_position_embeddings", context);
    }

    private static ObjectNode named(String type) {
        return JsonNodeFactory.instance.objectNode().put("rope_type", type);
    }

    /// The numbers behind Llama 3's factors.
    ///
    /// @param context positions that the model was first trained on
    private record Llama3(double factor, double low, double high, int context) {

        /// Numbers that give these factors.
        ///
        /// Only two combinations of `low`, `high` and `context` show in the factors, so `low` is taken as
        /// 1, as in every published model. With fewer than two waves between the bounds, `high` is taken as
        /// 4.
        static Optional<Llama3> from(float[] factors, double[] waves, double factor) {
            Llama3 usual = new Llama3(factor, USUAL_LOW, USUAL_HIGH, USUAL_CONTEXT);
            if (usual.gives(factors, waves)) {
                return Optional.of(usual);
            }
            int[] between = between(factors, factor);
            if (between.length == 0) {
                return beyondBounds(factors, waves, factor);
            }
            int first = between[0];
            int last = between[between.length - 1];
            double high = USUAL_HIGH;
            if (between.length > 1) {
                // blend = slope / wave - offset, where slope = context / (high - low), offset = low / (high - low)
                double slope = (blend(factors[first], factor) - blend(factors[last], factor))
                        / (1 / waves[first] - 1 / waves[last]);
                double offset = slope / waves[first] - blend(factors[first], factor);
                high = nearlyWhole(1 + 1 / offset);
            }
            double context = waves[first] * (blend(factors[first], factor) * (high - USUAL_LOW) + USUAL_LOW);
            return checked(new Llama3(factor, USUAL_LOW, high, (int) Math.rint(context)), factors, waves);
        }

        /// With no wave between the bounds, any context that puts each wave on its side will do.
        private static Optional<Llama3> beyondBounds(float[] factors, double[] waves, double factor) {
            double shortestSlowed = Double.POSITIVE_INFINITY;
            for (int i = 0; i < waves.length; i++) {
                if (factors[i] > 1) {
                    shortestSlowed = Math.min(shortestSlowed, waves[i]);
                }
            }
            return checked(new Llama3(factor, USUAL_LOW, USUAL_HIGH, (int) Math.floor(shortestSlowed)), factors, waves);
        }

        private static Optional<Llama3> checked(Llama3 guess, float[] factors, double[] waves) {
            return guess.high > guess.low && guess.context > 0 && guess.gives(factors, waves)
                    ? Optional.of(guess)
                    : Optional.empty();
        }

        private static int[] between(float[] factors, double factor) {
            return IntStream.range(0, factors.length)
                    .filter(i -> factors[i] > 1 + TOLERANCE && factors[i] < factor * (1 - TOLERANCE))
                    .toArray();
        }

        /// Which part of full speed is in a factor: 1 at full speed, 0 when slowed by all of `factor`.
        private static double blend(double f, double factor) {
            return (1 / f - 1 / factor) / (1 - 1 / factor);
        }

        private static double nearlyWhole(double x) {
            return Math.abs(x - Math.rint(x)) < 1e-3 ? Math.rint(x) : x;
        }

        private boolean gives(float[] factors, double[] waves) {
            for (int i = 0; i < waves.length; i++) {
                double blend = Math.clamp((context / waves[i] - low) / (high - low), 0, 1);
                double expected = 1 / ((1 - blend) / factor + blend);
                if (Math.abs(factors[i] / expected - 1) > TOLERANCE) {
                    return false;
                }
            }
            return true;
        }

        ObjectNode json() {
            return named("llama3")
                    .put("factor", factor)
                    .put("low_freq_factor", low)
                    .put("high_freq_factor", high)
                    .put("original_max_position_embeddings", context);
        }
    }
}
