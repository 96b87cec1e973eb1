package org.rduzoo.samba.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.rduzoo.samba.BatchSource;
import org.rduzoo.samba.SambaTensor;
import org.rduzoo.samba.UserError;

class PackedBatchesTest {

    private static final long NO = PackedBatches.IGNORED;

    /// Token `10 · row + place`, with these types.
    private record Rows(String... types) implements PackedRows {

        @Override
        public String source() {
            return "rows of " + length();
        }

        @Override
        public long count() {
            return types.length;
        }

        @Override
        public int length() {
            return types[0].length();
        }

        @Override
        public void read(long row, int[] ids, byte[] kinds, int offset) {
            for (int i = 0; i < length(); i++) {
                ids[offset + i] = (int) (10 * row + i);
                kinds[offset + i] = (byte) (types[(int) row].charAt(i) - '0');
            }
        }

        @Override
        public void close() {
            // Nothing is open.
        }
    }

    private static Map<String, SambaTensor> batch(BatchSource source, int... samples) {
        Map<String, SambaTensor> tensors = new LinkedHashMap<>();
        source.batch(samples).forEach(t -> tensors.put(t.name(), t));
        return tensors;
    }

    private static SambaTensor tensor(Map<String, SambaTensor> batch, String name) {
        return batch.getOrDefault(name, SambaTensor.of("none", new long[0], 0));
    }

    @Test
    void articlesOfARowAreSegmentsAndTheFirstTokenOfEachIsNotPredicted() {
        var batch = batch(PackedBatches.of(new Rows("01301322")), 0);
        assertThat(tensor(batch, "input_ids").toLongs()).containsExactly(0, 1, 2, 3, 4, 5, 6, 7);
        assertThat(tensor(batch, "labels").toLongs()).containsExactly(1, 2, NO, 4, 5, NO, NO, NO);
        assertThat(tensor(batch, "segments").toLongs()).containsExactly(1, 1, 1, 2, 2, 2, 0, 0);
        assertThat(tensor(batch, "grad_scale").toFloats()).containsExactly(0.25f, 0.25f, 0, 0.25f, 0.25f, 0, 0, 0);
    }

    @Test
    void theScaleSumsToOneOverTheBatch() {
        var batch = batch(PackedBatches.of(new Rows("01301322", "11111111", "01322222")), 2, 1);
        assertThat(tensor(batch, "input_ids").shape().dims()).containsExactly(2, 8);
        assertThat(tensor(batch, "grad_scale").sum()).isCloseTo(1, Offset.offset(1e-6));
        assertThat(tensor(batch, "grad_scale").get(0)).isEqualTo((float) (1 / 9.0));
        assertThat(tensor(batch, "labels").toLongs())
                .containsExactly(21, 22, NO, NO, NO, NO, NO, NO, 11, 12, 13, 14, 15, 16, 17, NO);
    }

    @Test
    void promptsCountLessWhereAsked() {
        var half = batch(new PackedBatches(new Rows("00113222"), 0.5), 0);
        assertThat(tensor(half, "grad_scale").times(3.5).toFloats())
                .containsExactly(new float[] {0.5f, 1, 1, 1, 0, 0, 0, 0}, Offset.offset(1e-6f));
        var none = batch(new PackedBatches(new Rows("00113222"), 0), 0);
        assertThat(tensor(none, "labels").toLongs()).containsExactly(NO, 2, 3, 4, NO, NO, NO, NO);
    }

    @Test
    void aPlaceWithoutASampleCountsForNothing() {
        var batch = batch(PackedBatches.of(new Rows("0113")), 0, BatchSource.NONE);
        assertThat(tensor(batch, "grad_scale").at(1).sum()).isZero();
        assertThat(tensor(batch, "segments").at(1).toLongs()).containsExactly(0, 0, 0, 0);
        assertThat(tensor(batch, "labels").at(1).toLongs()).containsOnly(NO);
        var empty = batch(PackedBatches.of(new Rows("2222")), 0);
        assertThat(tensor(empty, "grad_scale").toFloats()).containsOnly(0);
    }

    @Test
    void rowsOfSeveralFilesFollowEachOther() {
        try (PackedRows rows = new JoinedRows("both", List.of(new Rows("013", "113"), new Rows("222")))) {
            assertThat(rows.count()).isEqualTo(3);
            int[] ids = new int[3];
            byte[] types = new byte[3];
            rows.read(2, ids, types, 0);
            assertThat(types).containsExactly(2, 2, 2);
            rows.read(1, ids, types, 0);
            assertThat(ids).containsExactly(10, 11, 12);
        }
        assertThatThrownBy(() -> new JoinedRows("both", List.of(new Rows("013"), new Rows("22"))))
                .isInstanceOf(UserError.class)
                .hasMessageContainingAll("rows of 2", "rows of 3");
    }
}
