package org.rduzoo.samba;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/// A model's configuration: Hugging Face's `config.json`, read key by key.
///
/// A model reads the keys that it knows, and then calls [#requireAllKnown]: what is left and is neither known to be
/// without effect nor empty (`null`, `false`, 0, …) is an error, for a key that changes the mathematics must not be
/// passed over.
public final class Config {

    /// Keys of Hugging Face configurations that do not change what a forward pass or its gradient computes.
    private static final Set<String> WITHOUT_EFFECT = Set.of(
            "_attn_implementation",
            "_attn_implementation_autoset",
            "_commit_hash",
            "_model_name_or_path",
            "_name_or_path",
            "architectures",
            "auto_map",
            "bad_words_ids",
            "begin_suppress_tokens",
            "bos_token_id",
            "chunk_size_feed_forward",
            "decoder_start_token_id",
            "directionality",
            "diversity_penalty",
            "do_sample",
            "dtype",
            "early_stopping",
            "encoder_no_repeat_ngram_size",
            "eos_token_id",
            "exponential_decay_length_penalty",
            "finetuning_task",
            "forced_bos_token_id",
            "forced_eos_token_id",
            "gradient_checkpointing",
            "id2label",
            "initializer_range",
            "label2id",
            "length_penalty",
            "max_length",
            "min_length",
            "no_repeat_ngram_size",
            "num_beam_groups",
            "num_beams",
            "num_labels",
            "num_return_sequences",
            "output_attentions",
            "output_hidden_states",
            "output_past",
            "output_scores",
            "pad_token_id",
            "pooler_fc_size",
            "pooler_num_attention_heads",
            "pooler_num_fc_layers",
            "pooler_size_per_head",
            "pooler_type",
            "prefix",
            "problem_type",
            "remove_invalid_values",
            "repetition_penalty",
            "return_dict",
            "return_dict_in_generate",
            "sep_token_id",
            "suppress_tokens",
            "task_specific_params",
            "temperature",
            "tf_legacy_loss",
            "tokenizer_class",
            "top_k",
            "top_p",
            "torch_dtype",
            "torchscript",
            "transformers_version",
            "typical_p",
            "use_bfloat16",
            "use_cache",
            "sentence_transformers",
            "classifier_dropout",
            "model_type");

    private final String source;
    private final Map<String, Object> values;
    private final Set<String> added;
    private final Set<String> read = Collections.synchronizedSet(new HashSet<>());

    /// @param added keys that [#with] was given and that were not there
    private Config(String source, Map<String, Object> values, Set<String> added) {
        this.source = source;
        this.values = values;
        this.added = added;
    }

    /// @param source where the text is from, for messages
    /// @throws UserError when it is not one JSON object
    public static Config parse(String source, String json) {
        try {
            Map<String, @Nullable Object> values = PlainJson.object(json).orElseGet(() -> ConfigJson.object(json));
            if (values == null) {
                throw new UserError(source + " holds no JSON object.");
            }
            return of(source, values);
        } catch (JacksonException e) {
            throw new UserError("%s is not a JSON object: %s".formatted(source, e.getOriginalMessage()), e);
        }
    }

    /// A configuration of these values: texts, numbers, truth values, `null`, lists and maps of such.
    public static Config of(String source, Map<String, @Nullable Object> values) {
        return new Config(source, values, Set.of());
    }

    /// This configuration with `key` set to a JSON value, or to a text where it is none; `null` takes the key out.
    public Config with(String key, String value) {
        Map<String, Object> changed = new LinkedHashMap<>(values);
        Object parsed;
        try {
            parsed = ConfigJson.parse(value);
        } catch (JacksonException _) {
            parsed = value;
        }
        if (parsed == null) {
            changed.remove(key);
        } else {
            changed.put(key, parsed);
        }
        Set<String> more = new TreeSet<>(added);
        if (!values.containsKey(key)) {
            more.add(key);
        }
        return new Config(source, changed, more);
    }

    public Set<String> keys() {
        return Collections.unmodifiableSet(values.keySet());
    }

    /// The same text for the same configuration, whatever the order of its keys.
    public String canonicalJson() {
        return ConfigJson.print(new TreeMap<>(values));
    }

    public boolean has(String key) {
        return values.get(key) != null;
    }

    public int integer(String key) {
        return optionalInteger(key).orElseThrow(() -> missing(key));
    }

    public int integer(String key, int otherwise) {
        return optionalInteger(key).orElse(otherwise);
    }

    public Optional<Integer> optionalInteger(String key) {
        return get(key).map(v -> switch (v) {
            case Integer i -> i;
            case Double d when d == Math.rint(d) && Math.abs(d) <= Integer.MAX_VALUE -> d.intValue();
            default -> throw wrong(key, v, "a whole number");
        });
    }

    /// A whole number of at least 1.
    public int positive(String key) {
        int value = integer(key);
        if (value < 1) {
            throw wrong(key, value, "at least 1");
        }
        return value;
    }

    public double number(String key, double otherwise) {
        return get(key, Number.class, "a number").map(Number::doubleValue).orElse(otherwise);
    }

    /// The probability that something is dropped: at least 0 and less than 1.
    public double probability(String key, double otherwise) {
        double p = number(key, otherwise);
        if (!(p >= 0 && p < 1)) {
            throw new UserError("%s: %s is %s, but must be at least 0 and less than 1.".formatted(source, key, p));
        }
        return p;
    }

    /// Dropout with the probability that stands under `key`, and an input of this name.
    public Dropout dropout(String key, double otherwise) {
        return new Dropout(key, probability(key, otherwise));
    }

    public boolean bool(String key, boolean otherwise) {
        return get(key, Boolean.class, "true or false").orElse(otherwise);
    }

    public String text(String key, String otherwise) {
        return optionalText(key).orElse(otherwise);
    }

    public Optional<String> optionalText(String key) {
        return get(key, String.class, "a text");
    }

    /// A list of texts; empty where the key is missing.
    public List<String> texts(String key) {
        List<String> texts = new ArrayList<>();
        get(key, List.class, "a list of texts").ifPresent(l -> {
            for (Object o : l) {
                texts.add(String.valueOf(o));
            }
        });
        return texts;
    }

    /// Whole numbers: a list of them, or one by itself; empty where the key is missing.
    public Set<Long> integers(String key) {
        Set<Long> integers = new LinkedHashSet<>();
        get(key).ifPresent(v -> {
            for (Object o : v instanceof List<?> l ? l : List.of(v)) {
                if (!(o instanceof Integer) && !(o instanceof Long)) {
                    throw wrong(key, v, "a whole number or a list of them");
                }
                integers.add(((Number) o).longValue());
            }
        });
        return integers;
    }

    /// An object, in the order of the file; empty where the key is missing.
    public Map<String, Object> object(String key) {
        Map<String, Object> object = new LinkedHashMap<>();
        get(key, Map.class, "an object").ifPresent(m -> ((Map<?, ?>) m).forEach((k, v) -> object.put(k.toString(), v)));
        return object;
    }

    /// Says that only `value` is supported for `key`, which may be missing.
    ///
    /// @throws UserError when it has another value
    public void requireOnly(String key, Object value) {
        Optional<Object> actual = get(key);
        if (actual.isPresent() && !actual.get().equals(value)) {
            throw new UserError("%s: %s is %s, which is not supported; only %s is."
                    .formatted(source, key, show(actual.get()), show(value)));
        }
    }

    /// Checks that no key is left that a model may not pass over, and that [#with] added none that it does not know.
    ///
    /// @throws UserError naming those that are
    public void requireAllKnown() {
        for (String key : added) {
            if (isEmpty(values.get(key)) && !read.contains(key) && !WITHOUT_EFFECT.contains(key)) {
                // It would be passed over below, like the empty keys of any config.json, and the user would not know.
                Set<String> known = new TreeSet<>(read);
                known.addAll(values.keySet());
                known.remove(key);
                throw new UserError("there is no key %s to set: neither %s nor this model has it.%s"
                        .formatted(key, source, Nearest.hint(key, known)));
            }
        }
        for (Map.Entry<String, Object> e : values.entrySet()) {
            if (!read.contains(e.getKey()) && !WITHOUT_EFFECT.contains(e.getKey()) && !isEmpty(e.getValue())) {
                throw new UserError(
                        ("%s: the key %s (%s) is not supported, and it may change what the model computes.%s"
                                        + " If it does not, leave it out with --set %s=null.")
                                .formatted(
                                        source,
                                        e.getKey(),
                                        show(e.getValue()),
                                        Nearest.hint(e.getKey(), read),
                                        e.getKey()));
            }
        }
    }

    private Optional<Object> get(String key) {
        read.add(key);
        return Optional.ofNullable(values.get(key));
    }

    private UserError missing(String key) {
        return new UserError("%s lacks the key %s.%s".formatted(source, key, Nearest.hint(key, values.keySet())));
    }

    private UserError wrong(String key, Object value, String expected) {
        return new UserError("%s: %s is %s, but must be %s.".formatted(source, key, show(value), expected));
    }

    private <T> Optional<T> get(String key, Class<T> type, String expected) {
        return get(key).map(v -> {
            if (!type.isInstance(v)) {
                throw wrong(key, v, expected);
            }
            return type.cast(v);
        });
    }

    private static boolean isEmpty(@Nullable Object value) {
        return switch (value) {
            case null -> true;
            case Boolean b -> !b;
            case Number n -> n.doubleValue() == 0;
            case String s -> s.isEmpty();
            case List<?> l -> l.isEmpty();
            case Map<?, ?> m -> m.isEmpty();
            default -> false;
        };
    }

    private static String show(Object value) {
        return ConfigJson.print(value);
    }
}
