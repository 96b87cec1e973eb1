package org.rduzoo.ir;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class RoundingTest {

    @Test
    void halfPrecisionIsWhatThePlatformMakesOfFloats() {
        SplittableRandom random = new SplittableRandom(7);
        for (int i = 0; i < 100_000; i++) {
            float x = Float.intBitsToFloat(random.nextInt());
            assertThat(DType.F16.round(x)).isEqualTo(Double.valueOf(Float.float16ToFloat(Float.floatToFloat16(x))));
        }
    }

    @Test
    void bf16IsTheUpperHalfOfAFloatTiesToEven() {
        SplittableRandom random = new SplittableRandom(8);
        for (int i = 0; i < 100_000; i++) {
            float x = Float.intBitsToFloat(random.nextInt());
            int bits = Float.floatToRawIntBits(x);
            float expected = Float.intBitsToFloat((bits + 0x7fff + (bits >> 16 & 1)) & 0xffff0000);
            assertThat(DType.BF16.round(x)).isEqualTo(Double.valueOf(Float.isNaN(x) ? Double.NaN : expected));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "F8_E4M3, 449, 448",
        "F8_E4M3, 465, NaN",
        "F8_E4M3, 0.0009765625, 0",
        "F8_E4M3, 0.002, 0.001953125",
        "F8_E5M2, 57344, 57344",
        "F8_E5M2, 1e6, Infinity",
        "F32, 0.1, 0.10000000149011612",
        "F64, 0.1, 0.1",
        "BOOL, -3, 1",
        "I8, -129.5, -128",
        "I16, 1e9, 32767",
        "U16, 65535.9, 65535",
        "I32, NaN, 0",
        "U32, -0.5, 0",
        "I64, 2.5, 2",
        "U64, -1, 0"
    })
    void eachTypeRoundsToItsNumbers(DType dtype, double x, double expected) {
        assertThat(dtype.round(x)).isEqualTo(Double.valueOf(expected));
    }
}
