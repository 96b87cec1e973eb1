package org.rduzoo.checkpoint.lora;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.rduzoo.checkpoint.file.Json;
import org.rduzoo.checkpoint.file.Named;
import org.rduzoo.samba.UserError;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// What `adapter_config.json` says of adapters of low rank.
///
/// @param base the checkpoint that they are for: a folder, a file or a name on the Hub
/// @param task as in `CAUSAL_LM`; empty for none
/// @param rank of `A [rank, in]` and `B [out, rank]`
/// @param rootScaled whether what they add is scaled by `alpha / √rank`, not by `alpha / rank`
/// @param fanInFanOut whether weights lie `[in, out]`
/// @param targets the layers: their paths or the ends of these; empty where the file has a pattern
/// @param whole modules that are kept as a whole beside the adapters, as a new head
public record AdapterConfig(
        String base,
        String task,
        int rank,
        double alpha,
        boolean rootScaled,
        double dropout,
        boolean fanInFanOut,
        List<String> targets,
        List<String> whole) {

    public static final String FILE = "adapter_config.json";

    /// Keys that say nothing of what is computed from the adapters.
    private static final Set<String> IGNORED = Set.of(
            "auto_mapping",
            "ensure_weight_tying",
            "exclude_modules",
            "inference_mode",
            "layers_pattern",
            "layers_to_transform",
            "loftq_config",
            "megatron_config",
            "megatron_core",
            "peft_version",
            "qalora_group_size",
            "revision");

    /// Keys that have one value here, the one that they have when they are left out.
    private static final Map<String, String> FIXED = Map.of("peft_type", "LORA", "bias", "none");

    /// How adapters may have begun without a change to the weights beside them.
    private static final Set<String> BEGINNINGS = Set.of("true", "false", "gaussian", "orthogonal");

    private static final Set<String> READ = Set.of(
            "base_model_name_or_path",
            "task_type",
            "r",
            "lora_alpha",
            "use_rslora",
            "lora_dropout",
            "fan_in_fan_out",
            "target_modules",
            "modules_to_save",
            "init_lora_weights");

    public AdapterConfig {
        targets = List.copyOf(targets);
        whole = List.copyOf(whole);
    }

    /// @throws UserError when a key is missing, wrong, or asks for what is not supported
    public static AdapterConfig read(Path file) {
        ObjectNode json = Json.read(file);
        for (Map.Entry<String, JsonNode> e : json.properties()) {
            requireSupported(file, e.getKey(), e.getValue());
        }
        if (json.path("peft_type").isMissingNode()) {
            throw new UserError(file + " has no peft_type. Is it the configuration of a PEFT adapter?");
        }
        int rank = json.path("r").asInt(0);
        if (rank < 1) {
            throw new UserError("%s: r must be a rank of 1 or more, but is %s.".formatted(file, json.path("r")));
        }
        if (!json.path("lora_alpha").isNumber()) {
            throw new UserError("%s: lora_alpha must be a number, but is %s.".formatted(file, json.path("lora_alpha")));
        }
        return new AdapterConfig(
                json.path("base_model_name_or_path").asString(""),
                json.path("task_type").asString(""),
                rank,
                json.path("lora_alpha").asDouble(),
                json.path("use_rslora").asBoolean(false),
                json.path("lora_dropout").asDouble(0),
                json.path("fan_in_fan_out").asBoolean(false),
                texts(json.path("target_modules")),
                texts(json.path("modules_to_save")));
    }

    private static void requireSupported(Path file, String key, JsonNode value) {
        boolean nothing = value.isNull()
                || (value.isBoolean() && !value.booleanValue())
                || (value.isContainer() && value.isEmpty());
        String fixed = FIXED.getOrDefault(key, "");
        boolean supported = fixed.isEmpty()
                ? nothing || IGNORED.contains(key) || READ.contains(key)
                : value.asString("").equals(fixed);
        if (key.equals("init_lora_weights")) {
            supported = nothing || BEGINNINGS.contains(value.asString(""));
        }
        if (!supported) {
            throw new UserError("%s: %s is %s, which is not supported here. Merge the adapter with PEFT instead."
                    .formatted(file, Named.shortened(key), Named.shortened(value.toString())));
        }
    }

    private static List<String> texts(JsonNode array) {
        List<String> texts = new ArrayList<>();
        if (array.isArray()) {
            array.forEach(t -> texts.add(t.asString("")));
        }
        return texts;
    }

    /// This as of a model whose weights lie as said, with other modules kept as a whole.
    public AdapterConfig withModel(String ofTask, boolean turned, List<String> modules) {
        return new AdapterConfig(base, ofTask, rank, alpha, rootScaled, dropout, turned, targets, modules);
    }

    /// What `B · A` is multiplied with.
    public double scale() {
        return alpha / (rootScaled ? Math.sqrt(rank) : rank);
    }

    /// As `adapter_config.json` has it.
    public ObjectNode json() {
        ObjectNode json = Json.object();
        json.put("base_model_name_or_path", base);
        json.put("bias", "none");
        json.put("fan_in_fan_out", fanInFanOut);
        json.put("inference_mode", true);
        json.put("init_lora_weights", true);
        if (alpha == Math.rint(alpha)) {
            json.put("lora_alpha", (long) alpha);
        } else {
            json.put("lora_alpha", alpha);
        }
        json.put("lora_dropout", dropout);
        if (whole.isEmpty()) {
            json.putNull("modules_to_save");
        } else {
            add(json.putArray("modules_to_save"), whole);
        }
        json.put("peft_type", "LORA");
        json.put("r", rank);
        add(json.putArray("target_modules"), targets);
        if (task.isEmpty()) {
            json.putNull("task_type");
        } else {
            json.put("task_type", task);
        }
        json.put("use_dora", false);
        json.put("use_rslora", rootScaled);
        return json;
    }

    private static void add(ArrayNode array, List<String> texts) {
        texts.forEach(array::add);
    }
}
