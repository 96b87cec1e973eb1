package org.rduzoo.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.rduzoo.checkpoint.tensor.WeightTable;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Type;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.Weights;
import org.rduzoo.samba.Weights.Weight;

class HfNamesTest {

    private static final String GPT2 = "gpt2";

    @Test
    void gpt2WithoutItsHeadIsReadAsTheModelWithOne() {
        Weights bare = table("wte.weight", "wpe.weight", "h.0.attn.c_attn.weight", "h.11.mlp.c_fc.bias", "ln_f.weight");
        Weights modern = HfNames.modern(bare, GPT2);
        assertThat(modern.names())
                .containsExactly(
                        "transformer.wte.weight",
                        "transformer.wpe.weight",
                        "transformer.h.0.attn.c_attn.weight",
                        "transformer.h.11.mlp.c_fc.bias",
                        "transformer.ln_f.weight");
        // Matrices stay as they lie.
        assertThat(modern.find("transformer.h.0.attn.c_attn.weight")
                        .orElseThrow()
                        .type())
                .isEqualTo(Type.of(DType.F32, 2, 3));
        assertThat(HfNames.Gpt2.WITHOUT_HEAD.inverse().apply(modern).names()).isEqualTo(bare.names());
        assertThat(HfNames.modern(modern, GPT2).names()).isEqualTo(modern.names());
    }

    @Test
    void masksThatOldVersionsSavedAreNoWeights() {
        assertThat(HfNames.modern(table("wte.weight", "h.0.attn.bias", "h.0.attn.masked_bias"), GPT2)
                        .names())
                .containsExactly("transformer.wte.weight");
        assertThat(HfNames.modern(table("transformer.wte.weight", "transformer.h.3.attn.bias"), GPT2)
                        .names())
                .containsExactly("transformer.wte.weight");
    }

    @Test
    void aNameThatNoTableKnowsIsAnErrorWithTheNearest() {
        assertThatThrownBy(() -> HfNames.modern(table("wte.weight", "h.0.attn.c_atn.weight"), GPT2))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("tensor \"h.0.attn.c_atn.weight\"")
                .hasMessageContaining("h.*.attn.c_attn.weight");
    }

    @Test
    void theOldestNamesOfBertGoBothWays() {
        Weights old = table("bert.embeddings.LayerNorm.gamma", "bert.embeddings.LayerNorm.beta", "cls.bias");
        Weights modern = HfNames.modern(old, "");
        assertThat(modern.names())
                .containsExactly("bert.embeddings.LayerNorm.weight", "bert.embeddings.LayerNorm.bias", "cls.bias");
        assertThat(HfNames.Bert.OF_2018.inverse().apply(modern).names()).isEqualTo(old.names());
    }

    private static Weights table(String... names) {
        Type type = Type.of(DType.F32, 2, 3);
        return WeightTable.of(
                "test.bin",
                List.of(names).stream()
                        .map(n -> new Weight(n, type, "test.bin", () -> MemorySegment.ofArray(new float[6])))
                        .toList(),
                () -> {});
    }
}
