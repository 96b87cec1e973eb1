package org.rduzoo.samba.nn;

import java.util.Map;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Dense;
import org.rduzoo.ir.Type;
import org.rduzoo.samba.Config;
import org.rduzoo.samba.Tensor;
import org.rduzoo.samba.UserError;

/// Rotary positions (Su et al. 2021, arXiv 2104.09864): each pair of numbers of a head turns with the position, the
/// `i`th by `frequencies[i]` a token.
public record Rope(Dense frequencies) {

    private static final double DEFAULT_THETA = 10_000;

    /// What `config.json` says, in `rope_parameters` or, as older files have it, in `rope_theta` and `rope_scaling`:
    /// the plain form, `linear` scaling of positions, and the form of `llama3`, which scales slow pairs alone.
    ///
    /// @throws UserError when it asks for another form
    public static Rope of(Config c, int headSize) {
        Map<String, Object> parameters = c.object("rope_parameters");
        Map<String, Object> scaling = c.object("rope_scaling");
        if (!parameters.isEmpty() && (!scaling.isEmpty() || c.has("rope_theta"))) {
            throw new UserError("config.json says of rotary positions in rope_parameters and in %s. Leave one out."
                    .formatted(scaling.isEmpty() ? "rope_theta" : "rope_scaling"));
        }
        Keys keys = new Keys(
                parameters.isEmpty() ? "rope_scaling" : "rope_parameters", parameters.isEmpty() ? scaling : parameters);
        double theta =
                parameters.isEmpty() ? c.number("rope_theta", DEFAULT_THETA) : keys.number("rope_theta", DEFAULT_THETA);
        if (headSize % 2 != 0 || !(theta > 0)) {
            throw new UserError(
                    "config.json: rotary positions need an even head size and a rope_theta over 0, not %d and %s."
                            .formatted(headSize, theta));
        }
        float[] plain = plain(theta, headSize);
        float[] scaled = switch (keys.type()) {
            case "default" -> plain;
            case "linear" -> divided(plain, keys.factor());
            case "llama3" -> llama3(plain, keys);
            default ->
                throw new UserError(
                        "config.json: %s asks for rotary positions of type %s, which is not supported. Supported: default, linear, llama3."
                                .formatted(keys.name, keys.type()));
        };
        double[] frequencies = new double[scaled.length];
        for (int i = 0; i < frequencies.length; i++) {
            frequencies[i] = scaled[i];
        }
        return new Rope(new Dense(Type.of(DType.F32, frequencies.length), frequencies));
    }

    /// `[B, H, T, D] -> [B, H, T, D]`, of which the first token of text `b` stands at `start[b]`.
    public Tensor apply(Tensor x, Tensor start) {
        return x.rope(start, x.trace().constant(frequencies));
    }

    /// `theta^(-2i / headSize)`, each step rounded to single precision as in the programs that models are trained with.
    private static float[] plain(double theta, int headSize) {
        float[] frequencies = new float[headSize / 2];
        for (int i = 0; i < frequencies.length; i++) {
            frequencies[i] = 1 / (float) Math.pow(theta, 2f * i / headSize);
        }
        return frequencies;
    }

    private static float[] divided(float[] frequencies, float factor) {
        float[] scaled = frequencies.clone();
        for (int i = 0; i < scaled.length; i++) {
            scaled[i] /= factor;
        }
        return scaled;
    }

    /// Pairs that turn once in more tokens than the model first saw (`original / low`) turn `factor` times slower,
    /// those
    /// that turn in fewer than `original / high` stay, and those between go from one to the other.
    private static float[] llama3(float[] plain, Keys keys) {
        float factor = keys.factor();
        float low = (float) keys.number("low_freq_factor");
        float high = (float) keys.number("high_freq_factor");
        float original = (float) keys.number("original_max_position_embeddings");
        if (!(high > low)) {
            throw new UserError("config.json: %s has a high_freq_factor of %s, which must be over low_freq_factor, %s."
                    .formatted(keys.name, high, low));
        }
        float[] scaled = plain.clone();
        for (int i = 0; i < scaled.length; i++) {
            float wavelength = (float) (2 * Math.PI) / plain[i];
            if (wavelength > original / low) {
                scaled[i] = plain[i] / factor;
            } else if (wavelength >= original / high) {
                float share = (original / wavelength - low) / (high - low);
                scaled[i] = (1 - share) * plain[i] / factor + share * plain[i];
            }
        }
        return scaled;
    }

    /// The object of the configuration that says it.
    private record Keys(String name, Map<String, Object> values) {

        /// `type` is an older name of the key.
        String type() {
            return values.getOrDefault("rope_type", values.getOrDefault("type", "default"))
                    .toString();
        }

        float factor() {
            float factor = (float) number("factor");
            if (!(factor > 0)) {
                throw new UserError("config.json: the factor of %s is %s, but must be over 0.".formatted(name, factor));
            }
            return factor;
        }

        double number(String key, double otherwise) {
            return values.containsKey(key) ? number(key) : otherwise;
        }

        double number(String key) {
            if (values.get(key) instanceof Number n) {
                return n.doubleValue();
            }
            throw new UserError("config.json: %s of type %s needs a number %s, but %s is there."
                    .formatted(name, type(), key, values.containsKey(key) ? values.get(key) : "none"));
        }
    }
}
