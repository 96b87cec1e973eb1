package org.rduzoo.runners;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.rduzoo.checkpoint.Checkpoint;
import org.rduzoo.checkpoint.file.SideFile;
import org.rduzoo.runners.text.Tokenizer;
import org.rduzoo.samba.Config;
import org.rduzoo.samba.UsageError;
import org.rduzoo.samba.UserError;

/// What a decoder is to continue.
///
/// @param texts the prompts as the model sees them; none where tokens were given
/// @param ids their tokens
/// @param expected what should follow each, where that is known for all
record Prompts(List<String> texts, List<long[]> ids, Optional<List<String>> expected) {

    /// The key of the tokens after which nothing follows.
    static final String END = "eos_token_id";

    private static final List<Option> SOURCES =
            List.of(Option.PROMPT, Option.PROMPT_FILE, Option.PROMPT_IDS, Option.MESSAGES, Option.EVAL_DATA);

    Prompts {
        texts = List.copyOf(texts);
        ids = List.copyOf(ids);
        expected = expected.map(List::copyOf);
    }

    static boolean given(Arguments arguments) {
        return SOURCES.stream().anyMatch(arguments::has);
    }

    /// @throws UserError when a file cannot be read, or an id is none of the model's
    ///
    /// @param tokenizer asked for where there are texts
    static Prompts of(
            Arguments arguments, Checkpoint checkpoint, Config config, Supplier<Optional<Tokenizer>> tokenizer) {
        List<String> texts = new ArrayList<>();
        List<long[]> ids = new ArrayList<>();
        List<Option> kinds = SOURCES.stream().filter(arguments::has).toList();
        boolean alone =
                Stream.of(Option.PROMPT_IDS, Option.MESSAGES, Option.EVAL_DATA).anyMatch(kinds::contains);
        if (alone && kinds.size() > 1) {
            throw new UsageError("%s and %s cannot be given together."
                    .formatted(kinds.get(0).text(), kinds.get(1).text()));
        }
        Optional<PromptedTexts> known = arguments.path(Option.EVAL_DATA).map(PromptedTexts::read);
        if (kinds.contains(Option.PROMPT_IDS)) {
            for (String text : arguments.texts(Option.PROMPT_IDS)) {
                ids.add(tokens(text));
            }
        } else {
            Tokenizer reader = tokenizer
                    .get()
                    .orElseThrow(() -> new UserError(
                            "%s has no tokenizer.json, so texts cannot be read. Give tokens with --prompt-ids."
                                    .formatted(checkpoint.weights().source())));
            Chats chats = new Chats(checkpoint);
            Stream.of(
                            arguments.texts(Option.PROMPT).stream(),
                            arguments.texts(Option.PROMPT_FILE).stream().map(f -> read(Path.of(f))),
                            known.stream().flatMap(k -> k.prompts().stream()))
                    .flatMap(s -> s)
                    .forEach(prompt -> {
                        boolean chat = arguments.on(Option.CHAT);
                        String text = chat ? chats.user(prompt) : prompt;
                        texts.add(text);
                        ids.add(reader.encode(text, !chat).ids());
                    });
            for (String file : arguments.texts(Option.MESSAGES)) {
                String text = chats.messages(Path.of(file));
                texts.add(text);
                ids.add(reader.encode(text, false).ids());
            }
        }
        for (long[] tokens : ids) {
            Feed.requireIds("the prompt", tokens, config);
        }
        return new Prompts(texts, ids, known.map(PromptedTexts::completions));
    }

    /// The texts; of tokens, what `tokenizer` makes of them.
    List<String> texts(Optional<Tokenizer> tokenizer) {
        if (!texts.isEmpty()) {
            return texts;
        }
        return ids.stream()
                .map(tokens -> tokenizer.map(t -> t.decode(tokens, false)).orElse(""))
                .toList();
    }

    int longest() {
        return ids.stream().mapToInt(p -> p.length).max().orElse(0);
    }

    /// The tokens after which nothing follows: those that `--set` names, else those of `generation_config.json`, else
    /// those of `config.json`.
    static Set<Long> endTokens(Checkpoint checkpoint, Config config, boolean set) {
        return checkpoint
                .configOf("generation_config.json")
                .filter(g -> !set && g.has(END))
                .orElse(config)
                .integers(END);
    }

    private static long[] tokens(String text) {
        try {
            return Arrays.stream(text.split(",", -1))
                    .mapToLong(t -> Long.parseLong(t.strip()))
                    .toArray();
        } catch (NumberFormatException _) {
            throw new UsageError("--prompt-ids is \"%s\", but must be token numbers with commas between them: 1,2,3."
                    .formatted(text));
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UserError("%s cannot be read as text in UTF-8: %s".formatted(file, UserError.reason(e)), e);
        }
    }

    /// The tokenizer that another thread reads.
    static Optional<Tokenizer> await(Future<Optional<Tokenizer>> reading) {
        try {
            return reading.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof UserError mistake) {
                throw mistake;
            }
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /// The checkpoint's tokenizer, if it has one.
    static Optional<Tokenizer> tokenizer(Checkpoint checkpoint) {
        return checkpoint
                .file("tokenizer.json")
                .map(SideFile::bytes)
                .map(bytes -> Tokenizer.of(checkpoint.weights().source() + "/tokenizer.json", bytes));
    }
}
