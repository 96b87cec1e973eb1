package org.rduzoo.ir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.rduzoo.ir.TestGraphs.assertBreaks;
import static org.rduzoo.ir.TestGraphs.dims;
import static org.rduzoo.ir.TestGraphs.evaluate;
import static org.rduzoo.ir.TestGraphs.f32;
import static org.rduzoo.ir.TestGraphs.result;
import static org.rduzoo.ir.TestGraphs.value;

import java.util.List;
import java.util.Optional;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.rduzoo.ir.ChannelNorm.BatchNorm;
import org.rduzoo.ir.ChannelNorm.BatchNormTraining;
import org.rduzoo.ir.ChannelNorm.GroupNorm;

final class ChannelNormTest {

    private static final Offset<Double> CLOSE = within(1e-12);
    private static final Optional<Value> NONE = Optional.empty();
    private static final Value X = value(DType.F32, 3, 2, 4);
    private static final Value ROW = value(DType.F32, 2);
    private static final Value LONG = value(DType.F32, 3);

    @Test
    void normsAskForF32AndWeightsByChannel() {
        assertBreaks("C1", new BatchNorm(value(DType.BF16, 3, 2, 4), NONE, NONE, ROW, ROW, 1e-5));
        assertBreaks("C1", new BatchNorm(value(DType.F32, 3), NONE, NONE, LONG, LONG, 1e-5));
        assertBreaks("C2", new BatchNorm(X, NONE, NONE, ROW, LONG, 1e-5));
        assertBreaks("C2", new BatchNormTraining(X, Optional.of(LONG), NONE, ROW, ROW, 0.1, 1e-5));
        assertBreaks("C2", new GroupNorm(X, NONE, Optional.of(LONG), 1, 1e-5));
        assertBreaks("C3", new BatchNormTraining(value(DType.F32, 1, 2), NONE, NONE, ROW, ROW, 0.1, 1e-5));
        assertBreaks("C3", new GroupNorm(X, NONE, NONE, 3, 1e-5));
        assertBreaks("C3", new GroupNorm(X, NONE, NONE, 0, 1e-5));
        assertThat(new BatchNormTraining(X, NONE, NONE, ROW, ROW, 0.1, 1e-5).infer())
                .containsExactly(X.type(), ROW.type(), ROW.type(), ROW.type(), ROW.type());
    }

    @Test
    void batchNormScalesByStatisticsThatAreGiven() {
        assertThat(result(
                        v -> new BatchNorm(v[0], Optional.of(v[1]), Optional.of(v[2]), v[3], v[4], 1),
                        f32(dims(1, 2, 2), 1, 2, 3, 4),
                        f32(dims(2), 10, 100),
                        f32(dims(2), 5, 6),
                        f32(dims(2), 1, 2),
                        f32(dims(2), 3, 0)))
                .containsExactly(new double[] {5, 10, 106, 206}, CLOSE);
    }

    @Test
    void batchNormInTrainingScalesByTheBatchAndMovesTheRunningStatistics() {
        List<Dense> results = evaluate(
                v -> new BatchNormTraining(v[0], NONE, NONE, v[1], v[2], 0.5, 1),
                f32(dims(2, 1, 1), 1, 5),
                f32(dims(1), 7),
                f32(dims(1), 2));
        double scale = 1 / Math.sqrt(5);
        assertThat(results.get(0).data()).containsExactly(new double[] {-2 * scale, 2 * scale}, CLOSE);
        assertThat(results.get(1).data()).containsExactly(5);
        assertThat(results.get(2).data()).containsExactly(5);
        assertThat(results.get(3).data()).containsExactly(3);
        assertThat(results.get(4).data()).containsExactly(new double[] {scale}, CLOSE);
    }

    @Test
    void groupNormScalesRunsOfChannelsOfAnElementOfTheBatch() {
        Dense x = f32(dims(2, 4, 1), 1, 3, 10, 10, 0, 0, 2, 6);
        Dense weight = f32(dims(4), 1, 2, 3, 4);
        double two = 1 / Math.sqrt(2);
        double five = 2 / Math.sqrt(5);
        assertThat(result(v -> new GroupNorm(v[0], Optional.of(v[1]), NONE, 2, 1), x, weight))
                .containsExactly(new double[] {-two, 2 * two, 0, 0, 0, 0, -3 * five, 4 * five}, CLOSE);
    }
}
