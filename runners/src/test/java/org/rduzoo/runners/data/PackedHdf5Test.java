package org.rduzoo.runners.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jhdf.HdfFile;
import io.jhdf.WritableHdfFile;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rduzoo.samba.UserError;

class PackedHdf5Test {

    @TempDir
    Path folder;

    /// Written by h5py, as SambaNova's tool does: `create_dataset` with one row, gzip and `maxshape=(None, 8)`, then
    /// resized for a second row.
    private static Path fromPython() throws URISyntaxException {
        return Path.of(Objects.requireNonNull(PackedHdf5Test.class.getResource("/packing/h5py.hdf5"))
                .toURI());
    }

    @Test
    void filesWrittenByPythonAreRead() throws URISyntaxException {
        try (PackedHdf5 rows = PackedHdf5.open(fromPython())) {
            assertThat(rows.count()).isEqualTo(2);
            assertThat(rows.length()).isEqualTo(8);
            int[] ids = new int[10];
            byte[] types = new byte[10];
            rows.read(1, ids, types, 2);
            assertThat(ids).containsExactly(0, 0, 56, 63, 70, 77, 84, 91, 98, 105);
            assertThat(types).containsExactly(0, 0, 0, 1, 3, 0, 0, 1, 1, 3);
        }
    }

    @Test
    void whatIsWrittenIsRead() throws IOException {
        Random random = new Random(1);
        int[][] ids = new int[700][129];
        int[][] types = new int[700][129];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = random.ints(129, 0, 50257).toArray();
            types[i] = random.ints(129, 0, 4).toArray();
        }
        Path file = folder.resolve("a.hdf5");
        PackedHdf5.write(file, ids, types, Optional.of(types));
        try (PackedHdf5 rows = PackedHdf5.open(file)) {
            int[] row = new int[129];
            byte[] kinds = new byte[129];
            for (int i = 0; i < ids.length; i++) {
                rows.read(i, row, kinds, 0);
                assertThat(row).isEqualTo(ids[i]);
            }
        }
        assertThat(Files.size(file)).isLessThan(700 * 129 * 8);
    }

    private Path written(String name, Object data) {
        Path file = folder.resolve("x.hdf5");
        try (WritableHdfFile out = HdfFile.write(file)) {
            out.putDataset(name, data);
            out.putDataset("token_type_ids", new int[][] {{0, 1}, {1, 7}});
        }
        return file;
    }

    @Test
    void foreignFilesAreRefused() throws IOException {
        Path text = Files.writeString(folder.resolve("text.hdf5"), "this is no HDF5 file, whatever its name says");
        assertThatThrownBy(() -> PackedHdf5.open(text))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("text.hdf5 cannot be read as HDF5");
        assertThatThrownBy(() -> PackedHdf5.open(folder.resolve("none")))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("does not exist");
        assertThatThrownBy(() -> PackedHdf5.open(written("weights", new int[2][2])))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("no data set input_ids, but ");
        assertThatThrownBy(() -> PackedHdf5.open(written("input_ids", new double[2][2])))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("input_ids is double[2, 2], but must be int[rows, length]");
        assertThatThrownBy(() -> PackedHdf5.open(written("input_ids", new int[3][2])))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("[3, 2]");
        assertThatThrownBy(() -> PackedHdf5.open(written("input_ids", new int[2][2])))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("row 1 of token_type_ids has a 7");
    }

    @Test
    void filesCutShortAreRefused() throws IOException, URISyntaxException {
        byte[] whole = Files.readAllBytes(fromPython());
        Path file = folder.resolve("cut.hdf5");
        for (int length : new int[] {0, 7, 100, 1000, 2500, 6000}) {
            Files.write(file, Arrays.copyOf(whole, length));
            assertThatThrownBy(() -> PackedHdf5.open(file))
                    .as("%d bytes", length)
                    .isInstanceOf(UserError.class)
                    .hasMessageContaining("cut.hdf5");
        }
    }
}
