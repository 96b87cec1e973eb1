package org.rduzoo.runners;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.rduzoo.backend.json.JsonObject;
import org.rduzoo.runners.CommandLine.Outcome;

/// `sntilestat` and `measure-sections`.
class SectionTimesTest {

    private static final List<String> STATES = List.of("idle", "exec", "pload", "aload", "chkpt", "quiesce");

    @TempDir
    Path folder;

    private static JsonObject json(String line) {
        Outcome outcome = CommandLine.line(line);
        assertThat(outcome.status()).as(outcome.err()).isZero();
        return JsonObject.parse(outcome.out().getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void statesOfATileAddUpAndUnusedTilesAreIdle() {
        String pef = folder.resolve("x.pef").toString();
        json("compile llama --arch sn30 --num-tiles 5 -b 2 --max-seq-length 16 --json --checkpoint "
                + CommandLine.tiny("llama") + " -p " + pef);
        List<JsonObject> tiles = json("sntilestat --json " + pef).objects("tiles");
        assertThat(tiles).hasSize(8);
        for (int i = 0; i < tiles.size(); i++) {
            JsonObject tile = tiles.get(i);
            assertThat(tile.string("tile")).isEqualTo("RDU_0/TILE_" + i);
            assertThat(STATES.stream().mapToDouble(tile::number).sum()).isCloseTo(100, within(1e-9));
            assertThat(tile.number("idle") == 100).isEqualTo(i >= 5);
        }
        JsonObject parts = json("report --json " + pef).objects("on_chip").getFirst();
        JsonObject busy = tiles.getFirst();
        // Four sections of four programs, each loaded once.
        assertThat(busy.number("pload") / 100 * parts.number("predicted_s")).isCloseTo(4 * 67.5e-6, within(1e-7));
        String[] lines = CommandLine.line("sntilestat " + pef).out().split("\n", -1);
        assertThat(lines[0]).contains("%idle", "%exec", "%pload", "%aload", "%chkpt", "%quiesce");
        assertThat(lines[8]).containsPattern("TILE_7 +100.0 +0.0 +0.0 +0.0 +0.0 +0.0");
    }

    @Test
    void tenthsOfPercentagesAddUpToAHundred() {
        Map<String, Double> thirds = new LinkedHashMap<>();
        STATES.subList(0, 3).forEach(s -> thirds.put(s, 100 / 3.0));
        assertThat(SntilestatCommand.Tiles.tenths(thirds).values()).containsExactlyInAnyOrder(333L, 333L, 334L);
        assertThat(SntilestatCommand.Tiles.tenths(Map.of("idle", 100.0)).values())
                .containsExactly(1000L);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "llama --checkpoint LLAMA --inference --max-seq-length 32 --o1",
                "llama --checkpoint LLAMA -b 2 -mb 1 --max-seq-length 8 --o0",
                "unet --num-classes 2 --in-channels 3 --init-features 4 --in-width 32 --in-height 32 --inference --o1"
            })
    void everySectionIsMeasuredBesideItsPrediction(String words) {
        String line = words.replace("LLAMA", CommandLine.tiny("llama").toString());
        JsonObject compiled = json("compile " + line + " --json -p " + folder.resolve("x.pef"));
        JsonObject found = json("measure-sections " + line + " --json --threads 1");
        assertThat(found.objects("sections")).hasSize(compiled.integer("sections"));
        for (JsonObject graph : found.objects("graphs")) {
            List<JsonObject> sections = found.objects("sections").stream()
                    .filter(s -> s.string("graph").equals(graph.string("graph")))
                    .toList();
            assertThat(sections).hasSize(graph.integer("sections")).allSatisfy(s -> {
                assertThat(s.number("measured_s")).isPositive();
                assertThat(s.number("predicted_s")).isPositive();
            });
            assertThat(sections.stream()
                            .mapToDouble(s -> s.number("measured_s"))
                            .sum())
                    .isCloseTo(graph.number("measured_s"), within(1e-9));
            assertThat(sections.stream()
                            .mapToDouble(s -> s.number("predicted_s"))
                            .sum())
                    .isCloseTo(graph.number("predicted_s"), within(1e-12));
        }
    }
}
