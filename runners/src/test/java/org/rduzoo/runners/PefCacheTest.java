package org.rduzoo.runners;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rduzoo.ir.GraphText;
import org.rduzoo.samba.Config;
import org.rduzoo.samba.SambaTensor;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.Weights;
import org.rduzoo.samba.ZooModel;

final class PefCacheTest {

    private static final ZooModel MODEL = Models.all().getFirst();
    private static final Config CONFIG = Config.parse("config.json", "{\"hidden_size\": 4}");

    /// What tells graphs from each other.
    private record Shapes(int rows) {}

    @TempDir
    Path folder;

    private int compiled;

    @Test
    void whatWasCompiledIsThereTheNextTime() {
        PefCache.Cached first = get(2);
        PefCache.Cached second = get(2);
        assertThat(compiled).isOne();
        assertThat(second.compileSeconds()).isZero();
        assertThat(second.file()).isEqualTo(first.file());
        assertThat(second.pef().toBytes()).isEqualTo(first.pef().toBytes());
    }

    @Test
    void otherShapesOptionsAndConfigurationsHaveOthers() {
        PefCache.Cached two = get(2);
        assertThat(get(3).file()).isNotEqualTo(two.file());
        assertThat(get(2, CONFIG, "--precision", "fp32").file()).isNotEqualTo(two.file());
        assertThat(get(2, Config.parse("config.json", "{\"hidden_size\": 8}")).file())
                .isNotEqualTo(two.file());
        assertThat(compiled).isEqualTo(4);
    }

    @Test
    void aFileThatIsDamagedOrAnotherKeysIsMadeAnew() throws IOException {
        PefCache.Cached first = get(2);
        byte[] whole = Files.readAllBytes(first.file());
        byte[] damaged = whole.clone();
        damaged[damaged.length / 2] ^= 1;
        Files.write(first.file(), damaged);
        get(2);
        assertThat(compiled).isEqualTo(2);
        assertThat(first.file()).hasBinaryContent(whole);

        // As if another key had the same name.
        Path key = Path.of(first.file().toString().replace(".pef", ".key"));
        Files.writeString(key, "another");
        Path units = Files.createFile(Path.of(first.file() + ".0.units"));
        get(2);
        assertThat(compiled).isEqualTo(3);
        assertThat(units).doesNotExist();
        get(2);
        assertThat(compiled).isEqualTo(3);
    }

    @Test
    void weightsThatPassedACheckAreNotCheckedAgain() {
        int[] checks = new int[1];
        Runnable passing = () -> checks[0]++;
        Runnable failing = () -> {
            throw new UserError("no");
        };
        PefCache cache = new PefCache(folder);
        assertThatThrownBy(() -> cache.check(MODEL, CONFIG, weights("a", 2), failing))
                .isInstanceOf(UserError.class);
        cache.check(MODEL, CONFIG, weights("a", 2), passing);
        assertThat(checks[0]).isOne();
        cache.check(MODEL, CONFIG, weights("a", 2), failing);

        cache.check(MODEL, CONFIG, weights("a", 3), passing);
        cache.check(MODEL, CONFIG, weights("b", 2), passing);
        assertThat(checks[0]).isEqualTo(3);
    }

    private PefCache.Cached get(int rows) {
        return get(rows, CONFIG);
    }

    private PefCache.Cached get(int rows, Config config, String... options) {
        CompileOptions compiling = CompileOptions.of(Arguments.parse("run", List.of(options), Option.compiling()));
        return new PefCache(folder)
                .get(
                        MODEL,
                        config,
                        new Shapes(rows),
                        () -> {
                            compiled++;
                            return List.of(GraphText.parse("""
                                    graph "double" {
                                      input %%0 "x" : f32[%1$d, 4]
                                      fwd %%1 = add(%%0, %%0) : f32[%1$d, 4]
                                      output "y" = %%1
                                    }
                                    """.formatted(rows)));
                        },
                        Map.of(),
                        compiling);
    }

    private static Weights weights(String name, int rows) {
        return Weights.of("memory", List.of(SambaTensor.of(name, new float[2 * rows], rows, 2)));
    }
}
