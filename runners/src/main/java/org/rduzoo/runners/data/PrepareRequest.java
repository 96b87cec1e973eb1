package org.rduzoo.runners.data;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.stream.Stream;
import org.rduzoo.checkpoint.file.Json;
import org.rduzoo.samba.UserError;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What to prepare, and how.
///
/// @param input a `.jsonl` or `.txt` file, or a folder of them
/// @param output the folder of the data set
/// @param tokenizer where the tokenizer is: see [DataTokenizer#open]
/// @param specialTokens tokens to add to it, by role
/// @param rowLength tokens a row
/// @param article how pairs become articles
/// @param splits into how many files
/// @param log where the log goes, if not into the data set
/// @param force whether an older data set may be replaced
public record PrepareRequest(
        Path input,
        Path output,
        Path tokenizer,
        SequencedMap<String, List<String>> specialTokens,
        int rowLength,
        Packing packing,
        Format article,
        Keys keys,
        Splits splits,
        boolean skipBadLines,
        int workers,
        Optional<Path> log,
        boolean force) {

    /// The names under which a line of JSONL has what is needed.
    ///
    /// @param categories the number of each category, if they are to be kept
    public record Keys(String prompt, String completion, Optional<Map<String, Integer>> categories) {}

    /// @param train training files; if empty, as many as the size of the input asks for
    /// @param counted dev and test files, if they are counted and not by ratio
    /// @param balance whether rows are evened out among files
    /// @param keepTexts whether the text of each file is kept beside it
    public record Splits(
            Optional<Integer> train,
            Optional<Counted> counted,
            double devRatio,
            double testRatio,
            Shuffle shuffle,
            long seed,
            boolean balance,
            boolean keepTexts) {

        SplitPlan plan(long bytes, int lines) {
            int training = train.orElseGet(() -> SplitPlan.defaultTrain(bytes, lines));
            return counted.map(c -> new SplitPlan(training, c.test(), c.dev()))
                    .orElseGet(() -> SplitPlan.ofRatios(training, devRatio, testRatio));
        }
    }

    public record Counted(int dev, int test) {}

    /// How a pair of texts is put together.
    ///
    /// @param packingBoundary what is packed together
    /// @param attentionBoundary what attends to itself
    /// @param keepPromptOnly whether a pair without a completion counts, and a row without one is kept
    /// @param spaceSeparator whether exactly one space stands between prompt and completion
    /// @param chatTemplate whether the tokenizer's chat template is put around the pairs of a line; it then says what
    /// stands between prompt and completion
    /// @param promptPrefix stands before each prompt
    /// @param promptPostfix stands after each prompt
    public record Format(
            Boundary packingBoundary,
            Boundary attentionBoundary,
            boolean keepPromptOnly,
            boolean spaceSeparator,
            boolean chatTemplate,
            String promptPrefix,
            String promptPostfix) {}

    /// How lines come into a new order.
    public enum Shuffle {
        /// They stay; line `i` goes to file `i` modulo their number.
        NONE("False"),
        /// All among each other; each file then takes a stretch of them.
        ON_RAM("on_RAM"),
        /// Shared out as without, then shuffled within each file.
        LARGE_FILE("large_file");

        private final String text;

        Shuffle(String text) {
            this.text = text;
        }

        /// The names of all.
        public static List<String> names() {
            return Stream.of(values()).map(s -> s.text).toList();
        }

        /// The one of one of [#names].
        public static Shuffle of(String name) {
            return values()[names().indexOf(name)];
        }
    }

    /// The roles and tokens of a JSON object as in `{"sep_token": "[SEP]"}`; single quotes will do.
    ///
    /// @throws UserError when it is something else
    public static SequencedMap<String, List<String>> specialTokens(String text) {
        SequencedMap<String, List<String>> special = new LinkedHashMap<>();
        Json.read("--special-tokens-dict", text.replace('\'', '"').getBytes(StandardCharsets.UTF_8))
                .forEachEntry((role, token) -> special.put(
                        role,
                        token.isArray()
                                ? token.valueStream().map(t -> t.asString("")).toList()
                                : List.of(token.asString(""))));
        special.forEach((role, tokens) -> {
            if (tokens.isEmpty() || tokens.contains("")) {
                throw new UserError("--special-tokens-dict gives \"%s\" no text. Write it as {\"%s\": \"[TOKEN]\"}."
                        .formatted(role, role));
            }
        });
        return special;
    }

    /// The categories of a JSON file that holds a list of texts, each with its place in the list.
    ///
    /// @throws UserError when it holds something else
    public static Map<String, Integer> categories(Path file) {
        JsonNode list;
        try {
            list = JsonMapper.shared().readTree(Files.readAllBytes(file));
        } catch (IOException e) {
            throw new UserError("%s cannot be read: %s".formatted(file, UserError.reason(e)), e);
        } catch (JacksonException e) {
            throw new UserError("%s is not valid JSON: %s".formatted(file, e.getOriginalMessage()), e);
        }
        if (!list.isArray() || !list.valueStream().allMatch(JsonNode::isString)) {
            throw new UserError(file + " holds no list of texts. Expected categories, as in [\"code\", \"chat\"].");
        }
        Map<String, Integer> categories = new LinkedHashMap<>();
        list.forEach(c -> categories.put(c.stringValue(), categories.size()));
        return categories;
    }
}
