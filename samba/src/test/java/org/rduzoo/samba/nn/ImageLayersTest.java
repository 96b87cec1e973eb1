package org.rduzoo.samba.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.ResizeMode;
import org.rduzoo.ir.Shape;
import org.rduzoo.ir.Verifier;
import org.rduzoo.samba.Params;
import org.rduzoo.samba.Tensor;
import org.rduzoo.samba.Trace;

final class ImageLayersTest {

    private final Trace trace = new Trace("test");
    private final Params params = Params.shapes(trace);

    @Test
    void aConvolutionWithSamePaddingKeepsThePlaces() {
        Tensor image = trace.input("image", DType.F32, 2, 3, 8, 6);
        Conv conv = Conv.of(params.at("conv"), 3, 4, List.of(3, 3));
        assertThat(conv.apply(image).shape()).isEqualTo(Shape.of(2, 4, 6, 4));
        assertThat(conv.same().apply(image).shape()).isEqualTo(Shape.of(2, 4, 8, 6));
        assertThat(trace.parameters()).extracting(Trace.Parameter::name).containsExactly("conv.weight", "conv.bias");
    }

    @Test
    void aTransposedConvolutionUndoesAPool() {
        Tensor volume = trace.input("volume", DType.F32, 1, 2, 4, 6, 8);
        Tensor small = new MaxPool(List.of(2, 2, 2)).apply(volume);
        assertThat(small.shape()).isEqualTo(Shape.of(1, 2, 2, 3, 4));
        Tensor back = ConvTranspose.of(params.at("up"), 2, 5, List.of(2, 2, 2)).apply(small);
        assertThat(back.shape()).isEqualTo(Shape.of(1, 5, 4, 6, 8));
        assertThat(back.concat(1, volume).shape()).isEqualTo(Shape.of(1, 7, 4, 6, 8));
    }

    @Test
    void batchNormKeepsRunningStatisticsInTrainingAlone() {
        Trace learning = Trace.training("test");
        for (Trace t : List.of(trace, learning)) {
            Tensor x = t.input("x", DType.F32, 4, 3);
            t.output("y", BatchNorm.of(Params.shapes(t).at("norm"), 3).apply(x));
        }
        assertThat(trace.graph().outputs()).extracting(Graph.Output::alias).containsExactly(Optional.empty());
        assertThat(Verifier.check(learning.graph()).outputs())
                .extracting(Graph.Output::alias)
                .containsExactly(Optional.of("norm.running_mean"), Optional.of("norm.running_var"), Optional.empty());
    }

    @Test
    void runningStatisticsMustBeWeights() {
        Trace learning = Trace.training("test");
        Tensor x = learning.input("x", DType.F32, 4, 3);
        Tensor row = learning.input("row", DType.F32, 3);
        assertThatThrownBy(() -> x.batchNorm(row, row, row, row, 0.1, 1e-5)).hasMessageContaining("is no weight");
    }

    @Test
    void whatChangesNoChannelsKeepsThem() {
        Tensor x = trace.input("x", DType.F32, 2, 6, 5);
        assertThat(GroupNorm.of(params.at("norm"), 6, 3).apply(x).shape()).isEqualTo(x.shape());
        assertThat(x.avgPool(List.of(2), List.of(2), List.of(0)).shape()).isEqualTo(Shape.of(2, 6, 2));
        assertThat(x.resize(List.of(9), ResizeMode.LINEAR, false).shape()).isEqualTo(Shape.of(2, 6, 9));
    }
}
