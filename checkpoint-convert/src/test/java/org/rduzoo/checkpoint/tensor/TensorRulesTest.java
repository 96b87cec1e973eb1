package org.rduzoo.checkpoint.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.rduzoo.checkpoint.tensor.TensorRules.Layout;
import org.rduzoo.checkpoint.tensor.TensorRules.Place;
import org.rduzoo.checkpoint.tensor.TensorRules.Rule;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Type;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.Weights;
import org.rduzoo.samba.Weights.Weight;

class TensorRulesTest {

    private static final TensorRules RULES = TensorRules.of(List.of(
            Rule.renamed("wte.weight", "model.embed_tokens.weight"),
            Rule.transposed("h.*.mlp.*.w", "model.layers.*.mlp.*.weight"),
            Rule.renamed("**.gamma", "**.weight")));

    @Test
    void namesAreTakenToTheOtherSideAndBack() {
        assertThat(RULES.place("wte.weight")).contains(new Place("model.embed_tokens.weight", Layout.SAME));
        assertThat(RULES.place("h.11.mlp.2.w")).contains(new Place("model.layers.11.mlp.2.weight", Layout.TRANSPOSED));
        assertThat(RULES.inverse().place("model.layers.11.mlp.2.weight"))
                .contains(new Place("h.11.mlp.2.w", Layout.TRANSPOSED));
        assertThat(RULES.place("a.b.gamma")).contains(new Place("a.b.weight", Layout.SAME));
        assertThat(RULES.place("h.x.mlp.2.w")).isEmpty();
        assertThat(RULES.place("wteXweight")).isEmpty();
    }

    @Test
    void matricesAreTurnedAround() {
        Weights there = RULES.apply(table(weight("h.0.mlp.1.w", 2, 3)));
        Weight turned = there.find("model.layers.0.mlp.1.weight").orElseThrow();
        assertThat(turned.type()).isEqualTo(Type.of(DType.F32, 3, 2));
        assertThat(turned.segment().toArray(ValueLayout.JAVA_FLOAT_UNALIGNED)).containsExactly(0, 3, 1, 4, 2, 5);
        Weight back = RULES.inverse().apply(there).find("h.0.mlp.1.w").orElseThrow();
        assertThat(back.segment().toArray(ValueLayout.JAVA_FLOAT_UNALIGNED)).containsExactly(0, 1, 2, 3, 4, 5);
    }

    @ParameterizedTest
    @CsvSource({"1,1,1", "3,70,2", "33,32,4", "65,31,8", "0,5,4"})
    void anySizeIsTurnedAround(int rows, int columns, int width) {
        byte[] from = new byte[rows * columns * width];
        for (int i = 0; i < from.length; i++) {
            from[i] = (byte) (31 * i);
        }
        MemorySegment to = Transposed.matrix(MemorySegment.ofArray(from), rows, columns, width);
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < columns; c++) {
                for (int b = 0; b < width; b++) {
                    assertThat(to.get(ValueLayout.JAVA_BYTE, ((long) c * rows + r) * width + b))
                            .isEqualTo(from[(r * columns + c) * width + b]);
                }
            }
        }
    }

    @Test
    void aNameWithoutRuleIsAnErrorWithItsNeighbours() {
        assertThatThrownBy(() -> RULES.apply(table(weight("h.3.mpl.1.w", 1, 1))))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("test.bin holds tensor \"h.3.mpl.1.w\"")
                .hasMessageContaining("The nearest that it knows: h.*.mlp.*.w");
    }

    @Test
    void twoTensorsForOneNameAreAnError() {
        assertThatThrownBy(
                        () -> RULES.apply(table(weight("wte.weight", 1, 1), weight("model.embed_tokens.gamma", 1, 1))))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("two tensors for model.embed_tokens.weight");
    }

    @Test
    void sidesWithDifferentStarsAreAMistakeInTheTable() {
        assertThatThrownBy(() -> TensorRules.of(List.of(Rule.renamed("a.*", "b"))))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static Weights table(Weight... weights) {
        return WeightTable.of("test.bin", List.of(weights), () -> {});
    }

    private static Weight weight(String name, int rows, int columns) {
        float[] values = new float[rows * columns];
        for (int i = 0; i < values.length; i++) {
            values[i] = i;
        }
        return new Weight(name, Type.of(DType.F32, rows, columns), "test.bin", () -> MemorySegment.ofArray(values));
    }
}
