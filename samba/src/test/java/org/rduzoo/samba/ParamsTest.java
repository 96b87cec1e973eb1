package org.rduzoo.samba;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Type;

final class ParamsTest {

    private final Trace trace = new Trace("test");
    private final Params params = Params.of(
            trace,
            new Checkpoint(Map.of(
                    "layer.0.query.weight", Type.of(DType.BF16, 4, 3),
                    "layer.0.query.bias", Type.of(DType.F32, 4),
                    "layer.0.mask", Type.of(DType.I64, 4))));

    @Test
    void aWeightOfTheRightShapeIsTakenInAnyFloatType() {
        Params query = params.at("layer").at("0").at("query");
        assertThat(query.get("weight", Init.ZEROS, 4, 3).dtype()).isEqualTo(DType.F32);
        assertThat(query.get("bias", Init.ZEROS, 4).shape().dims()).containsExactly(4);
    }

    @Test
    void aMissingWeightIsReportedWithTheNearestNames() {
        assertThatThrownBy(() -> params.at("layer").at("1").at("query").get("weight", Init.ZEROS, 4, 3))
                .isInstanceOf(UserError.class)
                .hasMessage("layer.1.query.weight is missing from tiny.safetensors. The nearest names there:"
                        + " layer.0.query.weight, layer.0.query.bias."
                        + " Is config.json from another checkpoint?");
        assertThatThrownBy(() -> params.at("x").get("y", Init.ZEROS, 1))
                .isInstanceOf(UserError.class)
                .hasMessage("x.y is missing from tiny.safetensors. Is config.json from another checkpoint?");
    }

    @Test
    void aWeightOfAnotherShapeIsReportedWithBoth() {
        assertThatThrownBy(() -> params.get("layer.0.query.weight", Init.ZEROS, 3, 4))
                .isInstanceOf(UserError.class)
                .hasMessage("layer.0.query.weight has shape [4, 3], but config.json asks for [3, 4]."
                        + " Read from tiny.safetensors. Is config.json from another checkpoint?");
    }

    @Test
    void aWeightOfWholeNumbersIsRefused() {
        assertThatThrownBy(() -> params.get("layer.0.mask", Init.ZEROS, 4))
                .isInstanceOf(UserError.class)
                .hasMessage("layer.0.mask holds i64, but a weight must be of a float type."
                        + " Read from tiny.safetensors.");
    }

    @Test
    void aCheckpointAndShapesAloneGiveTheSameGraph() {
        Trace alone = new Trace("test");
        assertThat(traced(alone, Params.shapes(alone))).isEqualTo(traced(trace, params));
    }

    private static String traced(Trace trace, Params params) {
        Tensor weight = params.at("layer.0.query").get("weight", Init.ZEROS, 4, 3);
        trace.output("y", trace.input("x", DType.F32, 2, 3).linear(weight, Optional.empty()));
        return trace.graph().toString();
    }

    /// Names and types without data: nothing here reads any.
    private record Checkpoint(Map<String, Type> types) implements Weights {

        @Override
        public List<String> names() {
            return new ArrayList<>(new TreeMap<>(types).keySet());
        }

        @Override
        public Optional<Weight> find(String name) {
            return Optional.ofNullable(types.get(name))
                    .map(type -> new Weight(name, type, source(), () -> MemorySegment.NULL));
        }

        @Override
        public String source() {
            return "tiny.safetensors";
        }

        @Override
        public void close() {}
    }
}
