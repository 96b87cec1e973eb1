package org.rduzoo.checkpoint.gguf;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rduzoo.checkpoint.Fuzz;
import org.rduzoo.checkpoint.file.Json;
import org.rduzoo.checkpoint.tensor.WeightTable;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Type;
import org.rduzoo.samba.Weights.Weight;
import tools.jackson.databind.node.ObjectNode;

class VocabularyFuzzTest {

    private static final String BYTE_LEVEL = """
            {"added_tokens": [{"id": 0, "content": "<s>", "special": true}, {"id": 7, "content": "[t]"}],
             "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
               {"type": "Digits", "individual_digits": true}, {"type": "ByteLevel", "add_prefix_space": false}]},
             "post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>"}}]},
             "decoder": {"type": "ByteLevel"},
             "model": {"type": "BPE", "unk_token": null, "vocab": {"a": 1, "b": 2, "ab": 3, "c": 4, "abc": 5},
               "merges": ["a b", ["ab", "c"]]}}
            """;

    private static final String PIECES = """
            {"added_tokens": [{"id": 0, "content": "<unk>", "special": true}],
             "normalizer": {"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "_"}]},
             "decoder": {"type": "Fuse"},
             "model": {"type": "BPE", "unk_token": "<unk>", "byte_fallback": true,
               "vocab": {"<unk>": 0, "a": 1, "b": 2, "ab": 3, "c": 4, "abc": 5, "<0x0A>": 6},
               "merges": ["a b", "ab c"]}}
            """;

    /// Both for the name of the file in messages and as the tokenizer's folder.
    @TempDir
    Path folder;

    @Test
    void tenThousandDamagedTokenizersAreWrittenOrRefused() throws IOException {
        List<byte[]> originals =
                List.of(BYTE_LEVEL.getBytes(StandardCharsets.UTF_8), PIECES.getBytes(StandardCharsets.UTF_8));
        Weight embedding = new Weight(
                "model.embed_tokens.weight",
                Type.of(DType.F32, 12, 1),
                "test",
                () -> MemorySegment.ofArray(new float[12]));
        int fine = Fuzz.run(13, originals, folder.resolve("tokenizer.json"), path -> {
            ObjectNode tokenizer = Json.read(path);
            LlamaExport.Source source = new LlamaExport.Source(
                    WeightTable.of(folder.toString(), List.of(embedding), () -> {}),
                    Json.object(),
                    Optional.of(tokenizer),
                    Optional.empty(),
                    Optional.empty());
            VocabularyExport.write(new GgufWriter(), source, 12);
        });
        assertThat(fine).as("mutants that are still right").isBetween(100, Fuzz.MUTANTS * 9 / 10);
    }
}
