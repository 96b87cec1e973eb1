package org.rduzoo.backend.arch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.rduzoo.backend.json.JsonObject;
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

    @ParameterizedTest
    @ValueSource(strings = {"sn10.json", "sn30.json", "sn40l.json"})
    void everyNumberOfAFileHasARangeASourceAndAReason(String file) throws IOException {
        try (InputStream in = Objects.requireNonNull(Arch.class.getResourceAsStream(file))) {
            JsonObject json = JsonObject.parse(in.readAllBytes());
            Map<?, ?> sources = json.object("sources").members();
            int numbers = numbers(file, json.members(), sources.keySet());
            assertThat(numbers).isGreaterThan(30);
        }
    }

    private static double number(Map<?, ?> quantity, String key) {
        return ((Number) Objects.requireNonNull(quantity.get(key), key)).doubleValue();
    }

    /// How many numbers a part of a file has; each stands in an object with all that belongs to it.
    private static int numbers(String path, Object part, Set<?> sources) {
        return switch (part) {
            case Map<?, ?> m
            when m.containsKey("value") -> {
                double low = number(m, "low");
                double value = number(m, "value");
                double high = number(m, "high");
                assertThat(value).as(path).isBetween(low, high);
                assertThat(sources.contains(m.get("source"))).as(path).isTrue();
                assertThat(m.get("note")).as(path).asString().hasSizeGreaterThan(10);
                // What is only assumed may be otherwise.
                assertThat(low < high || !"A".equals(m.get("source"))).as(path).isTrue();
                yield 1;
            }
            case Map<?, ?> m ->
                m.entrySet().stream()
                        .mapToInt(e -> numbers(path + " " + e.getKey(), e.getValue(), sources))
                        .sum();
            case List<?> l ->
                l.stream().mapToInt(e -> numbers(path, e, sources)).sum();
            default -> {
                assertThat(part).as(path).isInstanceOf(String.class);
                yield 0;
            }
        };
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
