package org.rduzoo.checkpoint.pytorch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rduzoo.checkpoint.Fuzz;
import org.rduzoo.checkpoint.file.MappedFile;
import org.rduzoo.samba.Weights.Weight;

class TorchFuzzTest {

    private static final Path GOOD = Path.of("src/test/resources/pth/good");
    private static final List<String> NAMES =
            List.of("state-dict", "plain-dict", "nested-checkpoint", "pickle-protocol-4");

    @TempDir
    Path folder;

    @Test
    void tenThousandDamagedFilesAreReadOrRefused() throws IOException {
        List<byte[]> originals = new ArrayList<>();
        for (String name : NAMES) {
            originals.add(Files.readAllBytes(GOOD.resolve(name + ".pth")));
        }
        originals.add(Files.readAllBytes(GOOD.resolve("legacy-not-zip.pth")));
        originals.add(new ZipBuilder(true)
                .file("m/data.pkl", TorchFileTest.vector("a"))
                .file("m/data/0", new byte[16])
                .bytes());
        int fine = Fuzz.run(11, originals, folder.resolve("mutant.pth"), path -> {
            try (TorchFile file = TorchFile.open(path)) {
                for (String name : file.names()) {
                    Weight weight = file.find(name).orElseThrow();
                    MemorySegment data = weight.segment();
                    assertThat(data.byteSize()).isEqualTo(weight.type().bytes());
                    data.mismatch(data);
                }
            }
        });
        assertThat(fine).as("mutants that are still right").isBetween(100, Fuzz.MUTANTS * 9 / 10);
    }

    @Test
    void tenThousandDamagedPicklesAreReadOrRefused() throws IOException {
        List<byte[]> originals = new ArrayList<>();
        for (String name : NAMES) {
            try (ZipFile zip = new ZipFile(GOOD.resolve(name + ".pth").toFile())) {
                originals.add(
                        zip.getInputStream(new ZipEntry(name + "/data.pkl")).readAllBytes());
            }
        }
        int fine = Fuzz.run(12, originals, folder.resolve("mutant.pkl"), path -> {
            try (MappedFile file = MappedFile.open(path)) {
                StateDict.of(
                        file.source(),
                        Unpickler.run(file.source(), file.bytes()).value());
            }
        });
        assertThat(fine).as("mutants that are still right").isBetween(100, Fuzz.MUTANTS * 9 / 10);
    }
}
