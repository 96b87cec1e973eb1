package org.rduzoo.runners;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.rduzoo.backend.host.HostGraph;
import org.rduzoo.backend.host.HostModel;
import org.rduzoo.backend.host.KeptUnits;
import org.rduzoo.backend.pef.Pef;
import org.rduzoo.checkpoint.Checkpoint;
import org.rduzoo.checkpoint.SentenceModel;
import org.rduzoo.checkpoint.file.SideFile;
import org.rduzoo.ir.Shape;
import org.rduzoo.runners.text.Tokenizer;
import org.rduzoo.samba.Config;
import org.rduzoo.samba.Encoder;
import org.rduzoo.samba.EncoderModel;
import org.rduzoo.samba.UserError;

/// Texts through an encoder: to tokens, through the graph in batches, to vectors or to what the head says.
final class TextRun {

    /// What some editors put before a text in UTF-8.
    private static final String BYTE_ORDER_MARK = "\ufeff";

    private TextRun() {}

    static Result run(EncoderModel model, Arguments arguments, Console console) {
        HostModel.prepare(Feed.host(arguments));
        List<String> texts = texts(arguments);
        CompileOptions options = CompileOptions.of(arguments);
        Map<String, String> set = ModelSource.set(arguments);
        long start = System.nanoTime();
        Optional<Pef> given = arguments.path(Option.PEF).map(Pef::read);
        given.ifPresent(pef -> GivenPef.require(pef, "run", model, options));
        ModelSource source = ModelSource.of(model, arguments, console);
        try (Checkpoint checkpoint = source.open()) {
            Config config = source.config(checkpoint, given.map(GivenPef::set).orElse(set));
            given.ifPresent(pef -> GivenPef.requireConfig(pef, config));
            Encoder encoder = Encoders.checked(model, config, checkpoint.weights());
            SideFile tokenizerFile = checkpoint
                    .file("tokenizer.json")
                    .orElseThrow(() -> new UserError(
                            "%s has no tokenizer.json, so texts cannot be read. Give tokens with --inputs."
                                    .formatted(source.path())));
            try (Tokenizer tokenizer = Tokenizer.of(source.path() + "/tokenizer.json", tokenizerFile.bytes())) {
                console.step("checkpoint and tokenizer: " + source.path(), start);
                Optional<SentenceModel> sentence = SentenceModel.of(checkpoint);
                int limit = Encoders.limit(model, config, arguments, sentence);
                GraphSpec.Kind kind = Encoders.spec(encoder.head(), arguments, sentence, new Batching(1, 1), 1)
                        .kind();
                limit = Math.min(
                        limit, given.map(pef -> GivenPef.longest(pef, kind)).orElse(limit));
                List<Tokenizer.Tokens> tokens = tokens(texts, tokenizer, limit, config, console);
                int longest =
                        tokens.stream().mapToInt(t -> t.ids().length).max().orElse(1);
                Batching batching = Encoders.batching(arguments, texts.size());
                int bucket = Encoders.bucket(longest, limit, arguments.positives(Option.STATIC_SEQ_LENGTHS));
                GraphSpec spec = Encoders.spec(encoder.head(), arguments, sentence, batching, bucket);
                double loaded = Console.seconds(start);
                long compiling = System.nanoTime();
                double compileSeconds = 0;
                Pef pef;
                KeptUnits units = KeptUnits.nowhere();
                String graphName;
                if (given.isPresent()) {
                    pef = given.get();
                    graphName = GivenPef.shortest(pef, kind, longest);
                } else {
                    PefCache.Cached cached =
                            new PefCache(CacheFolder.ofEnvironment()).get(model, config, spec, options);
                    pef = cached.pef();
                    units = cached.units();
                    graphName = spec.name();
                    compileSeconds = cached.compileSeconds();
                    console.step(
                            (compileSeconds == 0 ? "PEF from the cache: " : "compiled: ") + cached.file(), compiling);
                }
                long loading = System.nanoTime();
                try (HostModel host = HostModel.load(pef, checkpoint.weights(), Feed.host(arguments), units)) {
                    HostGraph graph = host.graph(graphName);
                    console.step("loaded: " + host.description(), loading);
                    loaded += Console.seconds(loading);
                    long running = System.nanoTime();
                    List<float[]> rows = batches(graph, tokens);
                    double seconds = Console.seconds(running);
                    console.step("ran %d texts".formatted(texts.size()), running);
                    Map<String, Object> measured = new LinkedHashMap<>();
                    measured.put("load_s", loaded);
                    measured.put("compile_s", compileSeconds);
                    measured.put("seconds", seconds);
                    measured.put("total_s", Console.seconds(start));
                    measured.put("memory_bytes", host.memoryBytes());
                    TextOutputs outputs = new TextOutputs(texts, tokens, rows, width(graph), measured);
                    return outputs.result(encoder, config, checkpoint, tokenizer);
                }
            }
        }
    }

    private static List<String> texts(Arguments arguments) {
        List<String> texts = new ArrayList<>(arguments.texts(Option.TEXT));
        Optional<Path> file = arguments.path(Option.INPUT);
        if (file.isPresent()) {
            try {
                texts.addAll(lines(file.get()));
            } catch (NoSuchFileException e) {
                throw new UserError(
                        "%s does not exist. --input names a file with a text a line.".formatted(file.get()), e);
            } catch (CharacterCodingException e) {
                throw new UserError("%s is not in UTF-8. Save it in that encoding.".formatted(file.get()), e);
            } catch (IOException e) {
                throw new UserError("%s cannot be read: %s".formatted(file.get(), e), e);
            }
        }
        if (texts.isEmpty()) {
            throw new UserError("%s holds no line.".formatted(file.orElseThrow()));
        }
        return texts;
    }

    /// A text a line; an empty line is an empty text, so that the answers stay in step with the lines.
    private static List<String> lines(Path file) throws IOException {
        List<String> lines = new ArrayList<>(Files.readAllLines(file, StandardCharsets.UTF_8));
        if (!lines.isEmpty() && lines.getFirst().startsWith(BYTE_ORDER_MARK)) {
            lines.set(0, lines.getFirst().substring(1));
        }
        return lines;
    }

    private static List<Tokenizer.Tokens> tokens(
            List<String> texts, Tokenizer tokenizer, int limit, Config config, Console console) {
        List<Tokenizer.Tokens> all = new ArrayList<>();
        for (int i = 0; i < texts.size(); i++) {
            Tokenizer.Tokens tokens = tokenizer.encode(texts.get(i), limit);
            if (tokens.isCut()) {
                console.log(
                        "warning: text %d has %d tokens and is cut to %d.".formatted(i + 1, tokens.length(), limit));
            }
            if (tokens.ids().length == 0) {
                throw new UserError("text %d has no tokens, not even special ones.".formatted(i + 1));
            }
            Feed.requireIds("input_ids", tokens.ids(), config);
            all.add(tokens);
        }
        return all;
    }

    /// How many numbers a text has in the output.
    private static int width(HostGraph graph) {
        Shape shape = graph.graph().outputs().getFirst().value().shape();
        return Math.toIntExact(shape.elements() / shape.dim(0));
    }

    /// The output of each text, padding included. A batch is as many runs as it has micro-batches; those without any
    /// text are left out.
    private static List<float[]> batches(HostGraph graph, List<Tokenizer.Tokens> texts) {
        Shape shape = graph.graph().input("input_ids").orElseThrow().value().shape();
        int batch = shape.dim(0);
        int tokens = shape.dim(1);
        String output = graph.graph().outputs().getFirst().name();
        int width = width(graph);
        List<float[]> rows = new ArrayList<>();
        for (int first = 0; first < texts.size(); first += batch) {
            for (int row = 0; row < batch; row++) {
                // Rows without a text of their own run the last one again.
                Tokenizer.Tokens text = texts.get(Math.min(first + row, texts.size() - 1));
                long[] mask = new long[text.ids().length];
                Arrays.fill(mask, 1);
                Feed.row(graph, "input_ids", row, tokens, text.ids(), 0);
                Feed.row(graph, "attention_mask", row, tokens, mask, 0);
                Feed.row(graph, "token_type_ids", row, tokens, text.typeIds(), 0);
            }
            graph.run();
            for (int row = 0; row < batch && first + row < texts.size(); row++) {
                rows.add(Feed.floats(graph.output(output), (long) row * width, width));
            }
        }
        return rows;
    }
}
