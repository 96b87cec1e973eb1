package org.rduzoo.runners.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.rduzoo.checkpoint.safetensors.SafetensorsFile;
import org.rduzoo.runners.data.PairReader.BadLine;
import org.rduzoo.runners.data.PairReader.Pair;
import org.rduzoo.samba.data.TokenType;

/// Against rows that SambaNova's tool packed with GPT-2's tokenizer. Its vocabulary is not here: what it made of each
/// text is taken from the rows of `full`, which leave nothing out but a lone prompt.
class PackingGoldensTest {

    private static final int END = 50256;
    private static final int LENGTH = 64;

    /// Rows one after another.
    private record Rows(List<Integer> ids, List<Integer> types) {

        static Rows of(Path file) {
            try (SafetensorsFile golden = SafetensorsFile.open(file)) {
                return new Rows(ints(golden, "input_ids"), ints(golden, "token_type_ids"));
            }
        }

        private static List<Integer> ints(SafetensorsFile file, String name) {
            int[] values = file.find(name).orElseThrow().segment().toArray(ValueLayout.JAVA_INT_UNALIGNED);
            return Arrays.stream(values).boxed().toList();
        }
    }

    private static Path folder() throws URISyntaxException {
        return Path.of(Objects.requireNonNull(PackingGoldensTest.class.getResource("/packing"))
                .toURI());
    }

    static Stream<String> goldens() throws IOException, URISyntaxException {
        try (Stream<Path> all = Files.list(folder())) {
            return all
                    .map(p -> p.getFileName().toString())
                    .filter(n -> n.endsWith(".safetensors"))
                    .sorted()
                    .toList()
                    .stream();
        }
    }

    @ParameterizedTest
    @MethodSource("goldens")
    void rowsAreThoseOfSambaNovasTool(String name) throws IOException, URISyntaxException, BadLine {
        String[] parts = name.split("\\.", -1);
        Boundary packing = Boundary.of(parts[1].substring("pack-".length()));
        Boundary attention = Boundary.of(parts[2].substring("attend-".length()));
        boolean keep = parts[3].equals("keep-prompt-only");
        Map<String, long[]> texts = texts();
        ArticleTokenizer articles = new ArticleTokenizer(
                text -> Objects.requireNonNull(texts.get(text), text),
                OptionalInt.empty(),
                END,
                new PrepareRequest.Format(packing, attention, keep, true, false, "", ""));
        List<Integer> ids = new ArrayList<>();
        List<Integer> types = new ArrayList<>();
        RowPacker packer = new RowPacker(LENGTH, END, Packing.of(parts[0].replace("-", "::")), keep, row -> {
            for (int i = 0; i < LENGTH; i++) {
                ids.add(row.id(i));
                types.add((int) row.type(i));
            }
        });
        for (List<Pair> line : lines()) {
            articles.pairs(line).forEach(packer::add);
        }
        packer.finish();
        Rows golden = Rows.of(folder().resolve(name));
        assertThat(ids).isEqualTo(golden.ids());
        assertThat(types).isEqualTo(golden.types());
    }

    private static List<List<Pair>> lines() throws IOException, URISyntaxException, BadLine {
        PairReader reader = new PairReader("prompt", "completion", Optional.empty());
        List<List<Pair>> lines = new ArrayList<>();
        for (String line : Files.readAllLines(folder().resolve("input.jsonl"))) {
            lines.add(reader.read(line));
        }
        return lines;
    }

    /// The tokens of each prompt and completion, as they are spaced.
    private static Map<String, long[]> texts() throws IOException, URISyntaxException, BadLine {
        Rows full = Rows.of(folder().resolve("full.pack-jsonl.attend-jsonl.safetensors"));
        Map<String, long[]> texts = new HashMap<>();
        int at = 0;
        for (List<Pair> line : lines()) {
            for (Pair pair : line) {
                if (pair.completion().isEmpty()) {
                    continue;
                }
                int start = at;
                while (full.types().get(at) == TokenType.PROMPT.id()) {
                    at++;
                }
                texts.put(pair.prompt().replaceAll(" +$", ""), slice(full.ids(), start, at));
                start = at;
                while (full.ids().get(at) != END) {
                    at++;
                }
                texts.put(" " + pair.completion().replaceAll("^ +", ""), slice(full.ids(), start, at));
                at++;
            }
        }
        Rows kept =
                Rows.of(folder().resolve("single-truncate_right.pack-jsonl.attend-jsonl.keep-prompt-only.safetensors"));
        int lone = 6 * LENGTH;
        texts.put(
                "Only a prompt",
                slice(
                        kept.ids(),
                        lone,
                        lone + kept.ids().subList(lone, lone + LENGTH).indexOf(END)));
        return texts;
    }

    private static long[] slice(List<Integer> ids, int start, int end) {
        return ids.subList(start, end).stream().mapToLong(i -> i).toArray();
    }
}
