package org.rduzoo.backend.arch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.rduzoo.ir.DType;
import org.rduzoo.samba.UserError;

class ArchTest {

    @ParameterizedTest
    @CsvSource({"sn10, 4, 640, 320, 307e12", "sn30, 8, 1280, 640, 688e12", "sn40, 2, 1040, 520, 638e12"})
    void eachChipHasItsPublishedNumbers(String key, int tiles, int units, int sramMib, double peak) {
        Arch arch = Arch.of(key);
        assertThat(arch.key()).isEqualTo(key);
        assertThat(arch.tiles()).isEqualTo(tiles);
        assertThat(arch.pcus(tiles)).isEqualTo(units);
        assertThat(arch.pmus(tiles)).isEqualTo(units);
        assertThat(arch.pcus(1)).isEqualTo(units / tiles);
        assertThat(arch.sramBytes(tiles)).isEqualTo((long) sramMib << 20);
        assertThat(arch.peak(DType.BF16, tiles)).isEqualTo(peak);
        assertThat(arch.peak(DType.F32, 1)).isEqualTo(peak / tiles / 2);
    }

    @ParameterizedTest
    @CsvSource({"sn10", "sn30", "sn40"})
    void lanesStagesAndClockGiveThePeak(String key) {
        Arch arch = Arch.of(key);
        double flops = 2
                * arch.pcu().lanes().value()
                * arch.pcu().stages().value()
                * arch.fabric().pcus().value()
                * arch.fabric().clock().value();
        assertThat(flops).isCloseTo(arch.fabric().peakBf16().value(), within(0.005 * flops));
    }

    @Test
    void aSocketOfSn40lGoesByBothItsNames() {
        assertThat(Arch.of("SN40L")).isEqualTo(Arch.of("sn40"));
        assertThat(Arch.of("sn40").mainMemory().name()).isEqualTo("hbm");
        assertThat(Arch.of("sn30").mainMemory().name()).isEqualTo("ddr");
    }

    @Test
    void anUnknownChipIsAnErrorThatNamesTheKnownOnes() {
        assertThatThrownBy(() -> Arch.of("sn50"))
                .isInstanceOf(UserError.class)
                .hasMessage("there is no chip \"sn50\" to compile for.\nGive --arch one of sn10, sn30, sn40.");
    }

    @Test
    void moreTilesThanTheChipHasAreAnError() {
        assertThat(Arch.of("sn30").requireTiles(8)).isEqualTo(8);
        for (int tiles : new int[] {0, 9}) {
            assertThatThrownBy(() -> Arch.of("sn30").requireTiles(tiles))
                    .isInstanceOf(UserError.class)
                    .hasMessageContaining("--num-tiles is " + tiles + ", but SN30 has 8 tiles")
                    .hasMessageContaining("from 1 to 8");
        }
    }
}
