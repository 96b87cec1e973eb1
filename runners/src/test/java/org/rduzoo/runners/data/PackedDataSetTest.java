package org.rduzoo.runners.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.data.PackedRows;

class PackedDataSetTest {

    @TempDir
    Path folder;

    private void write(String name, int token, int length) throws IOException {
        int[][] rows = new int[1][length];
        rows[0][0] = token;
        PackedHdf5.write(folder.resolve(name), rows, new int[1][length], Optional.empty());
    }

    @Test
    void filesFollowEachOtherByNumberAndKindsStayApart() throws IOException {
        for (int i = 1; i <= 11; i++) {
            write("train_%d_of_11.hdf5".formatted(i), i, 4);
        }
        write("dev_1_of_1.hdf5", 100, 4);
        int[] ids = new int[4];
        try (PackedRows train = PackedDataSet.TRAIN.open(folder);
                PackedRows dev = PackedDataSet.DEV.open(folder)) {
            assertThat(train.count()).isEqualTo(11);
            train.read(9, ids, new byte[4], 0);
            assertThat(ids[0]).isEqualTo(10);
            assertThat(dev.count()).isEqualTo(1);
            dev.read(0, ids, new byte[4], 0);
            assertThat(ids[0]).isEqualTo(100);
        }
    }

    @Test
    void incompleteDataIsRefused() throws IOException {
        assertThatThrownBy(() -> PackedDataSet.TRAIN.open(folder)).isInstanceOf(UserError.class);
        write("train_2_of_2.hdf5", 1, 4);
        assertThatThrownBy(() -> PackedDataSet.TRAIN.open(folder))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("not complete");
        assertThatThrownBy(() -> PackedDataSet.DEV.open(folder))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("--dev-ratio");
        write("train_1_of_2.hdf5", 1, 5);
        assertThatThrownBy(() -> PackedDataSet.TRAIN.open(folder))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("rows of 4 tokens");
    }
}
