package org.rduzoo.checkpoint.safetensors;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rduzoo.checkpoint.Fuzz;
import org.rduzoo.samba.Weights;

class SafetensorsFuzzTest {

    private static final Path FILES = Path.of("src/test/resources/safetensors");

    @Test
    void tenThousandDamagedFilesAreReadOrRefused(@TempDir Path folder) throws IOException {
        List<byte[]> originals = new ArrayList<>();
        try (Stream<Path> good = Files.list(FILES.resolve("good"))) {
            for (Path file : good.sorted().toList()) {
                if (!file.endsWith("duplicate-key.safetensors")) {
                    originals.add(Files.readAllBytes(file));
                }
            }
        }
        originals.add(Files.readAllBytes(FILES.resolve("sharded/model-00001-of-00003.safetensors")));
        int fine = Fuzz.run(7, originals, folder.resolve("mutant.safetensors"), file -> {
            try (SafetensorsFile weights = SafetensorsFile.open(file)) {
                touchAll(weights);
            }
        });
        assertThat(fine).as("mutants that are still right").isBetween(100, Fuzz.MUTANTS * 9 / 10);
    }

    @Test
    void tenThousandDamagedIndexesAreReadOrRefused(@TempDir Path folder) throws IOException {
        byte[] index = Files.readAllBytes(FILES.resolve("sharded").resolve(ShardedSafetensors.INDEX));
        try (Stream<Path> shards = Files.list(FILES.resolve("sharded"))) {
            for (Path shard : shards.toList()) {
                Files.copy(shard, folder.resolve(shard.getFileName()));
            }
        }
        int fine = Fuzz.run(8, List.of(index), folder.resolve(ShardedSafetensors.INDEX), file -> {
            try (Weights weights = ShardedSafetensors.open(file)) {
                touchAll(weights);
            }
        });
        assertThat(fine).as("mutants that are still right").isBetween(100, Fuzz.MUTANTS * 9 / 10);
    }

    private static void touchAll(Weights weights) {
        for (String name : weights.names()) {
            Weights.Weight weight = weights.find(name).orElseThrow();
            assertThat(weight.segment().byteSize()).isEqualTo(weight.type().bytes());
            weight.segment().mismatch(weight.segment());
        }
    }
}
