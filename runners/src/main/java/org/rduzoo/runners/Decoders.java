package org.rduzoo.runners;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.rduzoo.backend.pef.Pef;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.Type;
import org.rduzoo.runners.generate.DecoderShape;
import org.rduzoo.samba.Config;
import org.rduzoo.samba.DecoderGraphs;
import org.rduzoo.samba.DecoderModel;
import org.rduzoo.samba.Trace;
import org.rduzoo.samba.UserError;

/// How a decoder's graphs are chosen: the cache, the chunks that prompts go through in, the batch.
final class Decoders {

    /// A prompt of any length takes few of these.
    private static final List<Integer> CHUNKS = List.of(16, 32, 128, 512, 2048);

    /// The longest of them.
    static final int LONGEST_CHUNK = CHUNKS.getLast();

    private static final int SMALLEST_CACHE = 128;

    private Decoders() {}

    /// The most tokens that a text may have.
    ///
    /// @throws UserError when more are asked for than the model takes
    static int limit(DecoderModel model, Config config, Arguments arguments) {
        int most = model.maxSequenceLength(config);
        Optional<Integer> asked = arguments.positive(Option.MAX_SEQ_LENGTH);
        if (asked.isPresent() && asked.get() > most) {
            throw new UserError(
                    "--max-seq-length is %d, but this model takes %d tokens at most.".formatted(asked.get(), most));
        }
        return asked.orElse(most);
    }

    /// A cache for texts of `tokens`: few sizes, so that few are compiled.
    static int slots(int tokens, int limit) {
        int slots = SMALLEST_CACHE;
        while (slots < tokens) {
            slots *= 2;
        }
        return Math.min(slots, limit);
    }

    static DecoderShape shape(Arguments arguments, int batch, int slots) {
        List<Integer> asked = arguments.positives(Option.STATIC_SEQ_LENGTHS);
        if (!asked.isEmpty() && asked.getLast() > slots) {
            throw new UserError("--static-seq-lengths asks for %d, but texts have %d tokens at most."
                    .formatted(asked.getLast(), slots));
        }
        List<Integer> chunks =
                asked.isEmpty() ? CHUNKS.stream().filter(c -> c <= slots).toList() : asked;
        return new DecoderShape(batch, slots, chunks.isEmpty() ? List.of(slots) : chunks);
    }

    static List<Graph> graphs(DecoderModel model, Config config, DecoderShape shape) {
        List<Graph> graphs = new ArrayList<>();
        for (int chunk : shape.chunks()) {
            graphs.add(step(DecoderShape.prefill(chunk), model, config, shape, chunk)
                    .graph());
        }
        graphs.add(step(DecoderShape.DECODE, model, config, shape, 1).graph());
        return graphs;
    }

    /// The graph that brings `tokens` of each text.
    static Trace step(String name, DecoderModel model, Config config, DecoderShape shape, int tokens) {
        int chunk = shape.chunks().getLast();
        return DecoderGraphs.step(name, model, config, shape.batch(), tokens, shape.slots(), chunk);
    }

    /// The PEF for these shapes: from the cache, or compiled into it.
    static PefCache.Cached cached(DecoderModel model, Config config, DecoderShape shape, CompileOptions options) {
        return new PefCache(CacheFolder.ofEnvironment())
                .get(model, config, shape, () -> graphs(model, config, shape), arguments(shape), options);
    }

    /// These shapes as arguments of `compile`.
    static Map<String, String> arguments(DecoderShape shape) {
        Map<String, String> arguments = new TreeMap<>();
        arguments.put(Option.BATCH_SIZE.key(), Integer.toString(shape.batch()));
        arguments.put(Option.MAX_SEQ_LENGTH.key(), Integer.toString(shape.slots()));
        arguments.put(
                Option.STATIC_SEQ_LENGTHS.key(),
                shape.chunks().stream().map(String::valueOf).collect(Collectors.joining(",")));
        return arguments;
    }

    /// The shapes that a PEF was compiled for.
    ///
    /// @throws UserError when it has no graphs to generate with
    static DecoderShape shape(Pef pef) {
        List<Integer> chunks = pef.entries().stream()
                .map(e -> DecoderShape.chunk(e.graph().name()))
                .filter(c -> c > 0)
                .sorted()
                .toList();
        Type cache = pef.entry(DecoderShape.DECODE).stream()
                .flatMap(e -> e.graph().inputs(Graph.Kind.STATE))
                .flatMap(i -> Stream.of(i.value().type()))
                .findFirst()
                .filter(_ -> !chunks.isEmpty())
                .orElseThrow(() -> new UserError("this PEF has no graphs to continue texts with; its graphs are %s."
                        .formatted(pef.entries().stream()
                                .map(e -> e.graph().name())
                                .collect(Collectors.joining(", ")))));
        // A ring holds fewer tokens than a text may have.
        String length = pef.compilation().arguments().get(Option.MAX_SEQ_LENGTH.key());
        return new DecoderShape(cache.dim(0), length == null ? cache.dim(2) : Integer.parseInt(length), chunks);
    }
}
