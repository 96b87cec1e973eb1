package org.rduzoo.samba;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Dense;
import org.rduzoo.ir.Reference;
import org.rduzoo.ir.Type;
import org.rduzoo.ir.Verifier;

final class LossesTest {

    private interface Loss {
        Tensor of(Tensor x, Tensor target);
    }

    @Test
    void crossEntropyIsTheMeanOverTheLabelsThatCount() {
        Dense logits = f32(new double[] {0, 0, Math.log(3), 0, 9, -9}, 3, 2);
        Dense labels = new Dense(Type.of(DType.I64, 3), new double[] {1, 0, Losses.IGNORED});
        assertThat(loss(Losses::crossEntropy, logits, labels))
                .isCloseTo((Math.log(2) + Math.log(4.0 / 3)) / 2, within(1e-12));
    }

    @Test
    void crossEntropyOfLogitsFarApartStaysFinite() {
        Dense labels = new Dense(Type.of(DType.I64, 1), new double[] {1});
        assertThat(loss(Losses::crossEntropy, f32(new double[] {1000, 0}, 1, 2), labels))
                .isCloseTo(1000, within(1e-9));
    }

    @Test
    void crossEntropyRunsOverTheLastDimensionWhateverTheRank() {
        Dense logits = f32(new double[] {0, 0, 0, 0, 0, 0, 0, 0}, 1, 2, 4);
        Dense labels = new Dense(Type.of(DType.I64, 1, 2), new double[] {3, Losses.IGNORED});
        assertThat(loss(Losses::crossEntropy, logits, labels)).isCloseTo(Math.log(4), within(1e-12));
    }

    @Test
    void crossEntropyByPlaceHasTheClassesBehindTheBatch() {
        Dense logits = f32(new double[] {0, Math.log(3), 9, 0, 0, -9}, 1, 2, 3);
        Dense labels = new Dense(Type.of(DType.I64, 1, 3), new double[] {1, 0, Losses.IGNORED});
        assertThat(loss(Losses::crossEntropyByPlace, logits, labels))
                .isCloseTo((Math.log(2) + Math.log(4.0 / 3)) / 2, within(1e-12));
    }

    @Test
    void diceComparesSetsThroughSigmoids() {
        double three = Math.log(3);
        assertThat(loss(
                        Losses::dice,
                        f32(new double[] {0, three, -three, 0}, 1, 1, 4),
                        f32(new double[] {1, 1, 0, 0}, 1, 1, 4)))
                .isCloseTo(1 - (2 * 1.25 + 1) / (2 + 2 + 1), within(1e-12));
    }

    @Test
    void meanSquaredErrorIsTheMeanOfAllSquaredDifferences() {
        assertThat(loss(
                        Losses::meanSquaredError,
                        f32(new double[] {1, 2, 3, 4}, 2, 2),
                        f32(new double[] {1, 0, 3, 1}, 2, 2)))
                .isEqualTo((4 + 9) / 4.0);
    }

    @Test
    void binaryCrossEntropyTakesLogitsAndTargetsFromZeroToOne() {
        double surprise = Math.log1p(Math.exp(2));
        assertThat(loss(
                        Losses::binaryCrossEntropy,
                        f32(new double[] {0, 2, 2}, 1, 3),
                        f32(new double[] {1, 0, 0.5}, 1, 3)))
                .isCloseTo((Math.log(2) + surprise + (surprise - 1)) / 3, within(1e-12));
        assertThat(loss(Losses::binaryCrossEntropy, f32(new double[] {-800, 800}, 2), f32(new double[] {1, 1}, 2)))
                .isCloseTo(400, within(1e-9));
    }

    private static double loss(Loss loss, Dense x, Dense target) {
        Trace trace = new Trace("loss");
        Tensor result = loss.of(
                trace.input("x", x.type().dtype(), x.shape().dims()),
                trace.input("target", target.type().dtype(), target.shape().dims()));
        assertThat(result.rank()).isZero();
        trace.output("loss", result);
        return Objects.requireNonNull(Reference.run(Verifier.check(trace.graph()), Map.of("x", x, "target", target))
                        .get("loss"))
                .data()[0];
    }

    private static Dense f32(double[] data, int... dims) {
        return new Dense(Type.of(DType.F32, dims), data);
    }
}
