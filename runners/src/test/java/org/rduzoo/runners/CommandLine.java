package org.rduzoo.runners;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.rduzoo.checkpoint.safetensors.SafetensorsFile;
import org.rduzoo.checkpoint.safetensors.SafetensorsWriter;
import org.rduzoo.samba.Weights.Weight;

/// Commands as a user gives them, and tiny checkpoints to give them.
final class CommandLine {

    private static final Path TINY = Path.of("../zoo/bert/src/test/resources/org/rduzoo/bert");
    private static final Path TINY_UNETS = Path.of("../zoo/unet/src/test/resources/org/rduzoo/unet");
    private static final Path TINY_LLAMAS = Path.of("../zoo/llama/src/test/resources/org/rduzoo/llama");

    /// Words of the tiny vocabulary, whose first tokens are those that every BERT has.
    private static final List<String> TOKENS =
            List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "cat", "dog", "sat", "on", "the", "mat");

    private CommandLine() {}

    record Outcome(int status, String out, String err) {}

    static Outcome run(String... words) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int status = Main.run(
                words,
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
        return new Outcome(status, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    /// As [#run], with the words of `line`, and `more` that may hold spaces.
    static Outcome line(String line, String... more) {
        return run(
                Stream.concat(Stream.of(line.split(" ", -1)), Stream.of(more)).toArray(String[]::new));
    }

    /// `bert`, `bert-mlm` or `bert-classify`; `llama`, `llama3-scaled`, `llama-linear` or `llama-lora`; `mistral`;
    /// `gpt2`; `unet2d` and so on.
    static Path tiny(String name) {
        if (name.equals("mistral") || name.equals("gpt2")) {
            return Path.of("../zoo/%s/src/test/resources/org/rduzoo/%1$s/%1$s".formatted(name));
        }
        if (name.startsWith("unet")) {
            return TINY_UNETS.resolve(name);
        }
        return (name.startsWith("llama") ? TINY_LLAMAS : TINY).resolve(name);
    }

    static SafetensorsFile golden(String name) {
        return SafetensorsFile.open(tiny(name).resolve("golden.safetensors"));
    }

    /// The golden file's `inputs.*` as a file of their own, in `folder`; a prompt to continue is none of them.
    static Path inputs(String name, Path folder) {
        Path file = folder.resolve(name + "-in.safetensors");
        try (SafetensorsFile golden = golden(name)) {
            List<Weight> inputs = golden.names().stream()
                    .filter(n -> n.startsWith("inputs.") && !n.equals("inputs.prompt"))
                    .map(n -> golden.find(n).orElseThrow())
                    .map(w -> new Weight(w.name().substring(7), w.type(), w.source(), w.data()))
                    .toList();
            SafetensorsWriter.write(file, inputs, Map.of(), true);
        }
        return file;
    }

    /// A tiny checkpoint with a tokenizer, in `folder`.
    static Path withTokenizer(String name, Path folder) throws IOException {
        Path copy = Files.createDirectories(folder.resolve(name));
        for (String file : List.of("config.json", "model.safetensors")) {
            Files.copy(tiny(name).resolve(file), copy.resolve(file));
        }
        StringBuilder vocabulary = new StringBuilder();
        StringBuilder special = new StringBuilder();
        for (int id = 0; id < TOKENS.size(); id++) {
            String separator = id == 0 ? "" : ",";
            vocabulary.append("%s\"%s\":%d".formatted(separator, TOKENS.get(id), id));
            if (id < 5) {
                special.append(
                        "%s{\"id\":%d,\"content\":\"%s\",\"single_word\":false,\"lstrip\":false,\"rstrip\":false,\"normalized\":false,\"special\":true}"
                                .formatted(separator, id, TOKENS.get(id)));
            }
        }
        Files.writeString(copy.resolve("tokenizer.json"), """
                {"version": "1.0", "truncation": null, "padding": null,
                 "added_tokens": [%s],
                 "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
                   "strip_accents": null, "lowercase": true},
                 "pre_tokenizer": {"type": "BertPreTokenizer"},
                 "post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]},
                 "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": true},
                 "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                   "max_input_chars_per_word": 100, "vocab": {%s}}}
                """.formatted(special, vocabulary));
        return copy;
    }
}
