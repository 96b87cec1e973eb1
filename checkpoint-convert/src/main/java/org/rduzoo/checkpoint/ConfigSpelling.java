package org.rduzoo.checkpoint;

import java.util.Map;
import org.rduzoo.checkpoint.file.Json;
import org.rduzoo.checkpoint.file.Named;
import org.rduzoo.samba.UserError;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The two spellings of `config.json`. The new one has `dtype`, and all about rotary embeddings in `rope_parameters`;
/// the old one has `torch_dtype`, and `rope_theta` apart from `rope_scaling`.
///
/// ```json
/// "rope_parameters": {"rope_theta": 500000.0, "rope_type": "llama3", "factor": 8.0}
/// "rope_theta": 500000.0, "rope_scaling": {"rope_type": "llama3", "factor": 8.0}
/// ```
public final class ConfigSpelling {

    private static final String DTYPE = "dtype";
    private static final String TORCH_DTYPE = "torch_dtype";
    private static final String PARAMETERS = "rope_parameters";
    private static final String THETA = "rope_theta";
    private static final String SCALING = "rope_scaling";
    private static final String TYPE = "rope_type";

    private ConfigSpelling() {}

    /// `config` in the new spelling; other keys stay as and where they are.
    ///
    /// @throws UserError when it has both spellings and they disagree
    public static ObjectNode modern(ObjectNode config) {
        ObjectNode modern = Json.object();
        ObjectNode rope = ropeParameters(config);
        for (Map.Entry<String, JsonNode> e : config.properties()) {
            switch (e.getKey()) {
                case TORCH_DTYPE, DTYPE -> put(modern, DTYPE, e.getValue());
                case THETA, SCALING, PARAMETERS -> {
                    if (!rope.isEmpty()) {
                        put(modern, PARAMETERS, rope);
                    }
                }
                default -> modern.set(e.getKey(), e.getValue());
            }
        }
        return modern;
    }

    /// `config` in the old spelling, which tools from before 2026 read.
    public static ObjectNode old(ObjectNode config) {
        ObjectNode old = Json.object();
        for (Map.Entry<String, JsonNode> e : modern(config).properties()) {
            switch (e.getKey()) {
                case DTYPE -> old.set(TORCH_DTYPE, e.getValue());
                case PARAMETERS -> split(e.getValue(), old);
                default -> old.set(e.getKey(), e.getValue());
            }
        }
        return old;
    }

    private static void split(JsonNode rope, ObjectNode into) {
        if (!rope.isObject()
                || rope.properties().stream().anyMatch(e -> e.getValue().isObject())) {
            // Parameters for each kind of layer: the old spelling cannot say that.
            into.set(PARAMETERS, rope);
            return;
        }
        ObjectNode scaling = Json.object();
        for (Map.Entry<String, JsonNode> e : rope.properties()) {
            if (e.getKey().equals(THETA)) {
                into.set(THETA, e.getValue());
            } else {
                scaling.set(e.getKey(), e.getValue());
            }
        }
        if (rope.path(TYPE).asString("default").equals("default")) {
            into.putNull(SCALING);
        } else {
            into.set(SCALING, scaling);
        }
    }

    private static ObjectNode ropeParameters(ObjectNode config) {
        ObjectNode rope = Json.object();
        if (config.get(PARAMETERS) instanceof ObjectNode given) {
            given.properties().forEach(e -> rope.set(e.getKey(), e.getValue()));
        }
        JsonNode theta = config.get(THETA);
        if (theta != null && !theta.isNull()) {
            put(rope, THETA, theta);
        }
        if (config.get(SCALING) instanceof ObjectNode scaling) {
            // Written as "type" before 2024; where both are there, they say the same.
            for (Map.Entry<String, JsonNode> e : scaling.properties()) {
                put(rope, e.getKey().equals("type") ? TYPE : e.getKey(), e.getValue());
            }
        }
        boolean perLayer = rope.properties().stream().anyMatch(e -> e.getValue().isObject());
        if (!rope.isEmpty() && !perLayer && !rope.has(TYPE)) {
            rope.put(TYPE, "default");
        }
        return rope;
    }

    private static void put(ObjectNode into, String key, JsonNode value) {
        JsonNode before = into.get(key);
        if (before != null && !before.isNull() && !value.isNull() && !same(before, value)) {
            throw new UserError("config.json says two things about " + key + ": " + Named.shortened(before.toString())
                    + " and " + Named.shortened(value.toString()) + ". Take out the one that is wrong.");
        }
        if (before == null || before.isNull()) {
            into.set(key, value);
        }
    }

    private static boolean same(JsonNode a, JsonNode b) {
        return a.equals(b) || (a.isNumber() && b.isNumber() && a.doubleValue() == b.doubleValue());
    }
}
