package org.rduzoo.backend.fusion;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.rduzoo.samba.Nearest;
import org.rduzoo.samba.UserError;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/// Reads a file of rules: a name, then `priority`, `heuristic` and `pattern`, whose operations have `op_type`, `child`
/// or `children`, `match_first_option`, `required` and `included`.
final class RuleReader {

    private static final Set<String> RULE_KEYS = Set.of("priority", "heuristic", "pattern");
    private static final Set<String> NODE_KEYS =
            Set.of("op_type", "child", "children", "match_first_option", "required", "included");

    private final String source;

    RuleReader(String source) {
        this.source = source;
    }

    List<FusionRule> rules(String yaml) {
        Object tree;
        try {
            tree = new Load(LoadSettings.builder()
                            .setLabel(source)
                            .setAllowDuplicateKeys(false)
                            .setMaxAliasesForCollections(50)
                            .build())
                    .loadFromString(yaml);
        } catch (YamlEngineException e) {
            throw new UserError("%s is no YAML: %s".formatted(source, e.getMessage()), e);
        }
        List<FusionRule> rules = new ArrayList<>();
        map(tree, "the file").forEach((name, rule) -> rules.add(rule(name, map(rule, "rule " + name))));
        return rules;
    }

    private FusionRule rule(String name, Map<String, Object> keys) {
        requireKnown("rule " + name, keys, RULE_KEYS);
        Map<String, PatternNode> nodes = new LinkedHashMap<>();
        map(keys.get("pattern"), "the pattern of rule " + name).forEach((n, node) -> nodes.put(n, node(name, n, node)));
        if (nodes.isEmpty()) {
            throw wrong("rule " + name + " has no pattern");
        }
        for (PatternNode node : nodes.values()) {
            List<String> readers = new ArrayList<>(node.children());
            readers.addAll(node.firstOf());
            for (String reader : readers) {
                if (!nodes.containsKey(reader)) {
                    throw wrong("rule %s: %s names %s, which the pattern does not have.%s"
                            .formatted(name, node.name(), reader, Nearest.hint(reader, nodes.keySet())));
                }
            }
        }
        Object priority = keys.getOrDefault("priority", 0);
        if (!(priority instanceof Integer number)) {
            throw wrong("rule " + name + ": priority is " + priority + ", but must be a whole number");
        }
        Object heuristic = keys.getOrDefault("heuristic", "");
        String mapping = heuristic instanceof Map<?, ?> m ? String.valueOf(m.get("name")) : heuristic.toString();
        return new FusionRule(name, number, mapping, nodes.values().iterator().next(), nodes);
    }

    private PatternNode node(String rule, String name, Object tree) {
        String where = "rule " + rule + ", operation " + name;
        Map<String, Object> keys = map(tree, where);
        requireKnown(where, keys, NODE_KEYS);
        List<String> ops = texts(keys.get("op_type"), where);
        if (ops.isEmpty()) {
            throw wrong(where + " has no op_type");
        }
        List<String> children = new ArrayList<>(texts(keys.get("child"), where));
        children.addAll(texts(keys.get("children"), where));
        return new PatternNode(
                name,
                ops,
                children,
                texts(keys.get("match_first_option"), where),
                bool(keys.getOrDefault("required", true), where),
                bool(keys.getOrDefault("included", true), where));
    }

    private boolean bool(Object tree, String where) {
        if (tree instanceof Boolean b) {
            return b;
        }
        throw wrong(where + ": " + tree + " should be true or false");
    }

    private List<String> texts(@Nullable Object tree, String where) {
        return switch (tree) {
            case null -> List.of();
            case String s -> List.of(s);
            case List<?> l -> {
                List<String> texts = new ArrayList<>();
                for (Object o : l) {
                    if (!(o instanceof String s)) {
                        throw wrong(where + ": " + o + " should be a name");
                    }
                    texts.add(s);
                }
                yield texts;
            }
            default -> throw wrong(where + ": " + tree + " should be a name or a list of names");
        };
    }

    private Map<String, Object> map(@Nullable Object tree, String what) {
        if (!(tree instanceof Map<?, ?> m)) {
            throw wrong(what + " should be keys with values");
        }
        Map<String, Object> map = new LinkedHashMap<>();
        m.forEach((key, value) -> {
            if (value != null) {
                map.put(String.valueOf(key), value);
            }
        });
        return map;
    }

    private void requireKnown(String where, Map<String, Object> keys, Set<String> known) {
        for (String key : keys.keySet()) {
            if (!known.contains(key)) {
                throw wrong(
                        "%s has the key %s, which there is none of.%s".formatted(where, key, Nearest.hint(key, known)));
            }
        }
    }

    private UserError wrong(String message) {
        return new UserError(source + ": " + message);
    }
}
