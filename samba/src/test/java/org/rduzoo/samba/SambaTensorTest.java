package org.rduzoo.samba;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Type;

class SambaTensorTest {

    private final Samba samba = new Samba();

    private static SambaTensor floats(float... values) {
        return SambaTensor.of("x", values, values.length);
    }

    @Test
    void arithmeticGoesElementByElement() {
        SambaTensor a = floats(1, 2, 4);
        SambaTensor b = floats(8, -2, 0.5f);
        assertThat(a.plus(b).toFloats()).containsExactly(9, 0, 4.5f);
        assertThat(a.minus(b).toFloats()).containsExactly(-7, 4, 3.5f);
        assertThat(a.times(b).toFloats()).containsExactly(8, -4, 2);
        assertThat(a.dividedBy(b).toFloats()).containsExactly(0.125f, -1, 8);
        assertThat(a.times(2).plus(1).minus(3).dividedBy(4).toFloats()).containsExactly(0, 0.5f, 1.5f);
        assertThat(a.map(Math::sqrt).toFloats()).containsExactly(1, (float) Math.sqrt(2), 2);
    }

    @Test
    void shapesStretch() {
        SambaTensor column = SambaTensor.of("c", new long[] {1, 2}, 2, 1);
        SambaTensor row = SambaTensor.of("r", new long[] {10, 20, 30}, 3);
        SambaTensor sum = column.plus(row);
        assertThat(sum.shape().dims()).containsExactly(2, 3);
        assertThat(sum.toLongs()).containsExactly(11, 21, 31, 12, 22, 32);
        assertThat(row.minus(column).toLongs()).containsExactly(9, 19, 29, 8, 18, 28);
        assertThatThrownBy(() -> row.plus(SambaTensor.of("s", new long[2], 2))).isInstanceOf(RuntimeException.class);
    }

    @Test
    void wholeNumbersStayExact() {
        long large = (1L << 60) + 1;
        SambaTensor a = SambaTensor.of("a", new long[] {large, 7}, 2);
        assertThat(a.plus(SambaTensor.of("b", new long[] {1, 2}, 2)).toLongs()).containsExactly(large + 1, 9);
        assertThat(a.dividedBy(SambaTensor.of("b", new long[] {1, 2}, 2)).toLongs())
                .containsExactly(large, 3);
        assertThatThrownBy(() -> a.plus(floats(1, 2))).hasMessageContaining("cast");
    }

    @Test
    void castsRoundOnce() {
        SambaTensor x = floats(0x1.01p0f, 0x1.03p0f, -2.5f, 0);
        assertThat(x.cast(DType.BF16).toFloats()).containsExactly(1, 1.015625f, -2.5f, 0);
        assertThat(x.cast(DType.BF16).type()).isEqualTo(Type.of(DType.BF16, 4));
        assertThat(x.cast(DType.F16).toFloats()).containsExactly(0x1.01p0f, 0x1.03p0f, -2.5f, 0);
        assertThat(x.cast(DType.I64).toLongs()).containsExactly(1, 1, -2, 0);
        assertThat(x.cast(DType.I32)
                        .plus(SambaTensor.of("y", new long[] {1}, 1).cast(DType.I32))
                        .toLongs())
                .containsExactly(2, 2, -1, 1);
        assertThat(x.cast(DType.BOOL).toLongs()).containsExactly(1, 1, 1, 0);
        assertThat(x.cast(DType.F64).get(0)).isEqualTo(1.00390625);
    }

    @Test
    void viewsShareTheirElements() {
        SambaTensor x = SambaTensor.of("x", new float[] {1, 2, 3, 4, 5, 6}, 2, 3);
        SambaTensor second = x.at(1);
        second.segment().setAtIndex(ValueLayout.JAVA_FLOAT, 0, 40);
        assertThat(x.reshape(3, -1).toFloats()).containsExactly(1, 2, 3, 40, 5, 6);
        assertThat(x.reshape(3, -1).shape().dims()).containsExactly(3, 2);
        assertThat(second.toFloats()).containsExactly(40, 5, 6);
        assertThatThrownBy(() -> x.reshape(4, 2)).hasMessageContaining("x [2, 3]");
        assertThatThrownBy(() -> x.at(2)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void sumsAndTheLargest() {
        SambaTensor x = SambaTensor.of("x", new float[] {1, 5, 5, -1, -2, -3}, 2, 3);
        assertThat(x.sum()).isEqualTo(5);
        assertThat(x.mean()).isEqualTo(5.0 / 6);
        assertThat(x.argmax().toLongs()).containsExactly(1, 0);
        assertThat(x.argmax().agreement(SambaTensor.of("guess", new long[] {1, 1}, 2)))
                .isEqualTo(0.5);
        assertThat(floats(3).item()).isEqualTo(3);
        assertThatThrownBy(x::item).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void whatIsBroughtToTheHostChangesNoMore() {
        SambaTensor x = floats(1, 2).withBatchDim(-1);
        SambaTensor copy = x.toCpu();
        x.segment().fill((byte) 0);
        assertThat(copy.toFloats()).containsExactly(1, 2);
        assertThat(copy.batchDim()).hasValue(0);
    }

    @Test
    void aGradientHasTheShapeOfItsTensor() {
        SambaTensor loss = samba.zeros("loss", 2, 3);
        assertThat(loss.snGrad()).isEmpty();
        SambaTensor scale = samba.full("scale", 1 / 6.0, 2, 3);
        loss.snGrad(scale);
        assertThat(loss.snGrad()).contains(scale);
        assertThatThrownBy(() -> loss.snGrad(samba.ones("scale", 3))).hasMessageContaining("loss");
    }

    @Test
    void randomTensorsDependOnSeedAndNameAlone() {
        float[] image = samba.randn("image", 1000).toFloats();
        assertThat(samba.randn("image", 1000).toFloats()).isEqualTo(image);
        assertThat(samba.randn("other", 1000).toFloats()).isNotEqualTo(image);
        assertThat(new Samba(1).randn("image", 1000).toFloats()).isNotEqualTo(image);
        SambaTensor normal = samba.randn("normal", 100, 100);
        assertThat(normal.mean()).isBetween(-0.05, 0.05);
        assertThat(normal.times(normal).mean()).isBetween(0.95, 1.05);
        assertThat(samba.rand("u", 1000).map(x -> x >= 0 && x < 1 ? 1 : 0).sum())
                .isEqualTo(1000);
        assertThat(samba.randint("i", 10, 1000).toLongs()).contains(0, 9).doesNotContain(-1, 10);
    }

    @Test
    void aTensorLiesOverMemoryOfItsSize() {
        assertThatThrownBy(() -> SambaTensor.of(
                        "x", Type.of(DType.F32, 2), Arena.ofAuto().allocate(4)))
                .hasMessageContaining("needs 8 bytes");
        assertThatThrownBy(() -> SambaTensor.zeros("x", Type.of(DType.U8, 2))).hasMessageContaining("u8");
        assertThatThrownBy(() -> SambaTensor.of("x", new float[3], 2)).hasMessageContaining("3 elements");
        assertThat(floats(1, 2)).hasToString("x f32[2] [1.0, 2.0]");
    }
}
