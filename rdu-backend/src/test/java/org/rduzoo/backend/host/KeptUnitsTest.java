package org.rduzoo.backend.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rduzoo.backend.pef.Pef;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Dense;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.GraphText;

class KeptUnitsTest {

    private static final SmallDecoder DECODER = new SmallDecoder(2, 64, 4, 2, 160, 96);

    /// Products whose rounding they do themselves, programs of several nodes, a place that is read as another shape,
    /// and
    /// a parameter that is replaced.
    private static final String STEP = """
            graph "step" {
              input %0 "x" : f32[4, 8]
              parameter %1 "w" : f32[8, 8]
              fwd %2 = cast(%0) {dtype=bf16} : bf16[4, 8]
              fwd %3 = cast(%1) {dtype=bf16} : bf16[8, 8]
              fwd %4 = linear(%2, %3) : f32[4, 8]
              fwd %5 = cast(%4) {dtype=bf16} : bf16[4, 8]
              fwd %6 = reshape(%5) {shape=[8, 4]} : bf16[8, 4]
              fwd %7 = cast(%6) {dtype=f32} : f32[8, 4]
              fwd %8 = softmax(%7) {axis=1} : f32[8, 4]
              bckwd %9 = reduce_sum(%8) {axes=[0, 1], keepDims=false} : f32[]
              opt %10 = mul(%1, %9) : f32[8, 8]
              output "y" = %8
              output "w" = %10 replaces "w"
            }
            """;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    @Test
    void whatWasKeptPlansAsWhatWasFound() {
        assertPlansAlike(DECODER.graph("prompt", 1, 20, 32), Set.of());
        assertPlansAlike(DECODER.graph("decode", 1, 1, 32), Set.of());
        assertPlansAlike(GraphText.parse(STEP), Set.of("w"));
    }

    private static void assertPlansAlike(Graph graph, Set<String> trained) {
        Grouped found = Grouped.of(graph, trained);
        Grouped read = KeptUnits.read(ByteBuffer.wrap(KeptUnits.write(found))).orElseThrow();
        assertThat(Lowering.plan(read, trained))
                .hasToString(Lowering.plan(found, trained).toString());
        assertThat(KeptUnits.write(read)).isEqualTo(KeptUnits.write(found));
    }

    @Test
    void aDamagedFileIsNotTaken() {
        byte[] whole = KeptUnits.write(Grouped.of(GraphText.parse(STEP), Set.of("w")));
        for (int i = 0; i < whole.length; i++) {
            byte[] damaged = whole.clone();
            damaged[i] ^= 64;
            assertThat(KeptUnits.read(ByteBuffer.wrap(damaged))).isEmpty();
            assertThat(KeptUnits.read(ByteBuffer.wrap(whole, 0, i).slice())).isEmpty();
        }
    }

    @Test
    void theUnitsOfEachGraphAreFoundOnceAndAgainWhereTheyAreLost() throws IOException {
        Path pef = folder.resolve("x.pef");
        Grouped found = Grouped.of(GraphText.parse(STEP), Set.of("w"));
        KeptUnits kept = KeptUnits.beside(pef);
        assertThat(kept.get(1, () -> found)).isSameAs(found);

        Supplier<Grouped> notAgain = () -> fail("they are kept");
        assertThat(KeptUnits.write(kept.get(1, notAgain))).isEqualTo(KeptUnits.write(found));
        assertThat(kept.get(0, () -> found)).isSameAs(found);

        Path file = folder.resolve("x.pef.1.units");
        Files.write(file, new byte[] {1, 2, 3});
        assertThat(kept.get(1, () -> found)).isSameAs(found);
        assertThat(file).hasBinaryContent(KeptUnits.write(found));

        kept.clear();
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void aModelRunsOnThemAsWithout() {
        Pef pef = HostRuns.compile(DType.BF16, DECODER.graph("prompt", 1, 20, 32), DECODER.graph("decode", 1, 1, 32));
        HostRuns.Tensors weights = new HostRuns.Tensors(DECODER.weights(new Random(5)), DType.BF16);
        Dense first = logits(pef, weights, KeptUnits.nowhere());
        Path file = folder.resolve("x.pef");
        assertThat(logits(pef, weights, KeptUnits.beside(file)).data()).isEqualTo(first.data());
        assertThat(folder).isDirectoryContaining("glob:**.1.units");
        assertThat(logits(pef, weights, KeptUnits.beside(file)).data()).isEqualTo(first.data());
    }

    private static Dense logits(Pef pef, HostRuns.Tensors weights, KeptUnits kept) {
        try (HostModel model = HostModel.load(pef, weights, HostOptions.best(), kept)) {
            HostRuns.run(
                    model.graph("prompt"),
                    Map.of(
                            "input_ids", HostRuns.integers(new long[20]),
                            "start", HostRuns.integers(0),
                            "valid", HostRuns.integers(20)));
            return Objects.requireNonNull(HostRuns.run(
                            model.graph("decode"),
                            Map.of(
                                    "input_ids", HostRuns.integers(3),
                                    "start", HostRuns.integers(20),
                                    "valid", HostRuns.integers(21)))
                    .get("logits"));
        }
    }
}
