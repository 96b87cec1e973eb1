package org.rduzoo.runners;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.rduzoo.checkpoint.Checkpoint;
import org.rduzoo.runners.text.Tokenizer;
import org.rduzoo.samba.Config;
import org.rduzoo.samba.Encoder;
import org.rduzoo.samba.UserError;

/// What came out for each text, before it is said what it means.
///
/// @param rows the numbers of each text, those of padding included
/// @param width how many they are
record TextOutputs(
        List<String> texts,
        List<Tokenizer.Tokens> tokens,
        List<float[]> rows,
        int width,
        Map<String, Object> measured) {

    private static final int BEST = 5;

    Result result(Encoder encoder, Config config, Checkpoint checkpoint, Tokenizer tokenizer) {
        return switch (encoder.head()) {
            case NONE -> new Embeddings(texts, vectors(config.integer("hidden_size")), measured);
            case CLASSIFICATION -> new Labels(texts, labels(encoder.labels(), config), measured);
            case MASKED_LM -> new Masks(texts, masks(config, checkpoint, tokenizer), measured);
        };
    }

    /// For each text its vectors: one, or one a token.
    private List<List<float[]>> vectors(int size) {
        return IntStream.range(0, rows.size())
                .mapToObj(i -> {
                    int count = width == size ? 1 : tokens.get(i).ids().length;
                    List<float[]> vectors = new ArrayList<>();
                    for (int v = 0; v < count; v++) {
                        vectors.add(Arrays.copyOfRange(rows.get(i), v * size, (v + 1) * size));
                    }
                    return List.copyOf(vectors);
                })
                .toList();
    }

    private List<Map<String, Object>> labels(List<String> names, Config config) {
        String problem = config.text("problem_type", names.size() == 1 ? "regression" : "single_label_classification");
        return rows.stream()
                .map(logits -> {
                    double[] values = switch (problem) {
                        case "single_label_classification" -> softmax(logits, 0, logits.length);
                        case "multi_label_classification" ->
                            IntStream.range(0, logits.length)
                                    .mapToDouble(i -> 1 / (1 + Math.exp(-logits[i])))
                                    .toArray();
                        default ->
                            IntStream.range(0, logits.length)
                                    .mapToDouble(i -> logits[i])
                                    .toArray();
                    };
                    Map<String, Object> scores = new LinkedHashMap<>();
                    IntStream.range(0, values.length)
                            .boxed()
                            .sorted(Comparator.comparingDouble(i -> -values[i]))
                            .forEach(i -> scores.put(names.get(i), values[i]));
                    return scores;
                })
                .toList();
    }

    /// For each text and mask in it, the tokens that fit best.
    private List<List<Guess>> masks(Config config, Checkpoint checkpoint, Tokenizer tokenizer) {
        String mask = checkpoint
                .json("tokenizer_config.json")
                .map(c -> c.path("mask_token"))
                .map(m -> m.isString() ? m.stringValue() : m.path("content").asString("[MASK]"))
                .orElse("[MASK]");
        long[] maskIds = tokenizer.encode(mask, false).ids();
        if (maskIds.length != 1) {
            throw new UserError("the tokenizer has no token %s to guess.".formatted(mask));
        }
        int vocabulary = config.integer("vocab_size");
        List<List<Guess>> all = new ArrayList<>();
        for (int t = 0; t < rows.size(); t++) {
            List<Guess> guesses = new ArrayList<>();
            long[] ids = tokens.get(t).ids();
            for (int place = 0; place < ids.length; place++) {
                if (ids[place] == maskIds[0]) {
                    guesses.add(guesses(rows.get(t), place, vocabulary, tokenizer));
                }
            }
            all.add(guesses);
        }
        return all;
    }

    private static Guess guesses(float[] logits, int place, int vocabulary, Tokenizer tokenizer) {
        double[] probabilities = softmax(logits, place * vocabulary, vocabulary);
        List<Integer> best = IntStream.range(0, vocabulary)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> -probabilities[i]))
                .limit(BEST)
                .toList();
        return new Guess(
                place,
                best.stream()
                        .map(id -> new Guess.Token(tokenizer.decode(new long[] {id}, false), id, probabilities[id]))
                        .toList());
    }

    private static double[] softmax(float[] logits, int first, int count) {
        double largest = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < count; i++) {
            largest = Math.max(largest, logits[first + i]);
        }
        double[] result = new double[count];
        double sum = 0;
        for (int i = 0; i < count; i++) {
            result[i] = Math.exp(logits[first + i] - largest);
            sum += result[i];
        }
        for (int i = 0; i < count; i++) {
            result[i] /= sum;
        }
        return result;
    }

    private static Map<String, Object> json(
            List<String> texts, String name, Object values, Map<String, Object> measured) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("texts", texts);
        json.put(name, values);
        json.put("measured", measured);
        return json;
    }

    /// A probability or a score for each label, best first.
    record Labels(List<String> texts, List<Map<String, Object>> scores, Map<String, Object> measured)
            implements Result {

        @Override
        public void print(PrintStream out) {
            for (int i = 0; i < texts.size(); i++) {
                out.println("\"" + texts.get(i) + "\"");
                scores.get(i)
                        .forEach((label, score) ->
                                out.println("  %s  %s".formatted(Console.decimals((Double) score, 4), label)));
            }
        }

        @Override
        public Map<String, Object> json() {
            return TextOutputs.json(texts, "labels", scores, measured);
        }
    }

    /// What may stand at one masked place, best first.
    record Guess(int position, List<Token> tokens) {

        record Token(String token, int id, double probability) {}

        Map<String, Object> json() {
            return TableResult.row(
                    "position",
                    position,
                    "tokens",
                    tokens.stream()
                            .map(t -> TableResult.row("token", t.token(), "id", t.id(), "probability", t.probability()))
                            .toList());
        }
    }

    /// What may stand where the masks are.
    record Masks(List<String> texts, List<List<Guess>> guesses, Map<String, Object> measured) implements Result {

        @Override
        public void print(PrintStream out) {
            for (int i = 0; i < texts.size(); i++) {
                out.println("\"" + texts.get(i) + "\"" + (guesses.get(i).isEmpty() ? "  has nothing masked" : ""));
                for (Guess guess : guesses.get(i)) {
                    out.println("  at token " + guess.position());
                    guess.tokens()
                            .forEach(t -> out.println(
                                    "    %s  %s".formatted(Console.decimals(t.probability(), 4), t.token())));
                }
            }
        }

        @Override
        public Map<String, Object> json() {
            List<List<Map<String, Object>>> masks = guesses.stream()
                    .map(g -> g.stream().map(Guess::json).toList())
                    .toList();
            return TextOutputs.json(texts, "masks", masks, measured);
        }
    }
}
