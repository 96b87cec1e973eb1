package org.rduzoo.runners;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.rduzoo.backend.pef.Pef;
import org.rduzoo.ir.Value;
import org.rduzoo.samba.Config;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.ZooModel;

/// A PEF that the user named: whether it is what the command asks for, and which of its graphs to run.
final class GivenPef {

    private static final String COUNT = "[1-9][0-9]{0,8}";

    private GivenPef() {}

    /// @throws UserError when it is of another model, or the user names options that it was not compiled with
    static void require(Pef pef, String command, ZooModel model, CompileOptions options) {
        if (!pef.compilation().model().equals(model.name())) {
            throw new UserError("this PEF was compiled from %s, but %s was given %s."
                    .formatted(pef.compilation().model(), command, model.name()));
        }
        Map<String, String> given = new LinkedHashMap<>(options.given());
        // A shorter limit than the PEF's cuts texts earlier and changes no graph.
        given.remove(Option.MAX_SEQ_LENGTH.key());
        pef.requireArguments(command, given);
    }

    /// The keys that `--set` changed when it was compiled.
    static Map<String, String> set(Pef pef) {
        Map<String, String> set = new LinkedHashMap<>();
        pef.compilation().arguments().forEach((key, value) -> {
            if (key.startsWith("set.")) {
                set.put(key.substring(4), value);
            }
        });
        return set;
    }

    /// @throws UserError when the checkpoint's configuration is another than the PEF's
    static void requireConfig(Pef pef, Config config) {
        if (pef.compilation().config().equals(config.canonicalJson())) {
            return;
        }
        Config compiled = Config.parse("the PEF", pef.compilation().config());
        TreeSet<String> keys = new TreeSet<>(compiled.keys());
        keys.addAll(config.keys());
        String different = keys.stream()
                .filter(k -> !k.startsWith("_") && !k.endsWith("dtype") && !k.equals("transformers_version"))
                .filter(k -> !value(compiled, k).equals(value(config, k)))
                .collect(Collectors.joining(", "));
        if (!different.isEmpty()) {
            throw new UserError(("this PEF was compiled for another configuration: %s differ from the checkpoint's"
                            + " config.json. Give the checkpoint that it was compiled for, or compile again.")
                    .formatted(different));
        }
    }

    private static String value(Config config, String key) {
        Config only = config;
        for (String other : config.keys()) {
            if (!other.equals(key)) {
                only = only.with(other, "null");
            }
        }
        return only.canonicalJson();
    }

    private static Stream<Pef.Entry> graphs(Pef pef, GraphSpec.Kind kind) {
        return pef.entries().stream().filter(e -> e.graph().name().startsWith(kind.prefix()));
    }

    private static int tokens(Pef.Entry entry) {
        return ids(entry).type().dim(1);
    }

    private static Value ids(Pef.Entry entry) {
        return entry.graph()
                .input("input_ids")
                .orElseThrow(() -> new UserError("graph %s of this PEF takes no input_ids. Compile again."
                        .formatted(entry.graph().name())))
                .value();
    }

    /// The batch that it was compiled for.
    ///
    /// @throws UserError when it is not what its graphs can run
    static Batching batching(Pef pef) {
        int step = ids(pef.entries().getFirst()).type().dim(0);
        String size = pef.compilation().arguments().getOrDefault(Option.BATCH_SIZE.key(), Integer.toString(step));
        if (!size.matches(COUNT) || Integer.parseInt(size) % step != 0) {
            throw new UserError("this PEF says --batch-size %s, but its graphs take %d texts at a time. Compile again."
                    .formatted(size, step));
        }
        return new Batching(Integer.parseInt(size), step);
    }

    /// How often its graphs run for a batch.
    ///
    /// @throws UserError when its arguments make no sense
    static int microBatches(Pef pef) {
        Map<String, String> arguments = pef.compilation().arguments();
        String size = arguments.getOrDefault(Option.BATCH_SIZE.key(), "1");
        String step = arguments.getOrDefault(Option.MICROBATCH_SIZE.key(), size);
        if (!size.matches(COUNT) || !step.matches(COUNT)) {
            throw new UserError(
                    "this PEF says --batch-size %s --microbatch-size %s, which are no counts. Compile again."
                            .formatted(size, step));
        }
        return new Batching(Integer.parseInt(size), Integer.parseInt(step)).steps();
    }

    /// The most tokens that a text may have.
    static int longest(Pef pef, GraphSpec.Kind kind) {
        return graphs(pef, kind)
                .mapToInt(GivenPef::tokens)
                .max()
                .orElseThrow(() -> new UserError(
                        "this PEF has no graph for texts; its graphs are %s. Compile again.".formatted(names(pef))));
    }

    /// The graph for the shortest texts that takes `longest` tokens.
    static String shortest(Pef pef, GraphSpec.Kind kind, int longest) {
        return graphs(pef, kind)
                .filter(e -> tokens(e) >= longest)
                .min((a, b) -> Integer.compare(tokens(a), tokens(b)))
                .orElseThrow()
                .graph()
                .name();
    }

    /// The fewest tokens that a graph takes.
    static int shortest(Pef pef) {
        return pef.entries().stream().mapToInt(GivenPef::tokens).min().orElseThrow();
    }

    /// The graphs of this shape, whatever they yield but a loss; with a loss, the one that yields it.
    static List<String> alike(Pef pef, GraphSpec spec) {
        if (spec.kind() == GraphSpec.Kind.LOSS) {
            return List.of(exactly(pef, spec));
        }
        List<String> names = Stream.of(GraphSpec.Kind.FORWARD, GraphSpec.Kind.EMBEDDING)
                .flatMap(kind -> ofShape(pef, kind, spec))
                .map(e -> e.graph().name())
                .toList();
        return names.isEmpty() ? List.of(exactly(pef, spec)) : names;
    }

    private static Stream<Pef.Entry> ofShape(Pef pef, GraphSpec.Kind kind, GraphSpec spec) {
        return graphs(pef, kind)
                .filter(e -> tokens(e) == spec.tokens())
                .filter(_ -> batching(pef).equals(spec.batching()));
    }

    /// The graph of exactly this shape.
    static String exactly(Pef pef, GraphSpec spec) {
        return ofShape(pef, spec.kind(), spec)
                .findFirst()
                .orElseThrow(() -> new UserError(("this PEF has no graph that takes [%d, %d] tokens%s; it has %s.\n"
                                + "Leave --pef out, or compile again: ./rdu compile %s --inference --batch-size %d"
                                + " --max-seq-length %d …")
                        .formatted(
                                spec.batching().size(),
                                spec.tokens(),
                                spec.kind() == GraphSpec.Kind.LOSS ? " and yields a loss" : "",
                                names(pef),
                                pef.compilation().model(),
                                spec.batching().size(),
                                spec.tokens())))
                .graph()
                .name();
    }

    private static String names(Pef pef) {
        return pef.entries().stream()
                .map(e -> e.graph().name()
                        + e.graph()
                                .input("input_ids")
                                .map(i -> " " + i.value().type().shape())
                                .orElse(""))
                .collect(Collectors.joining(", "));
    }
}
