package org.rduzoo.ir.grad;

import java.util.List;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.ImageGradient.AvgPoolGradient;
import org.rduzoo.ir.ImageGradient.MaxPoolGradient;
import org.rduzoo.ir.ImageGradient.ResizeGradient;
import org.rduzoo.ir.Node;
import org.rduzoo.ir.ResizeMode;
import org.rduzoo.ir.Sampling;
import org.rduzoo.ir.Sampling.AvgPool;
import org.rduzoo.ir.Sampling.MaxPool;
import org.rduzoo.ir.Sampling.Resize;
import org.rduzoo.ir.Value;
import org.rduzoo.ir.Window;

/// The gradients of [Sampling].
final class SamplingGradients {

    private SamplingGradients() {}

    static void propagate(Sampling op, Node node, Adjoints to) {
        Value g = to.cast(to.of(node.result()).orElseThrow(), DType.F32);
        List<Integer> places = Window.places(op.x().shape());
        switch (op) {
            case MaxPool(Value x, var kernel, var stride, var padding, boolean ceilMode) ->
                to.add(x, to.emit(new MaxPoolGradient(to.cast(x, DType.F32), g, kernel, stride, padding, ceilMode)));
            case AvgPool(Value x, var kernel, var stride, var padding, boolean ceilMode, boolean countPadding) ->
                to.add(x, to.emit(new AvgPoolGradient(g, places, kernel, stride, padding, ceilMode, countPadding)));
            case Resize(Value x, var _, ResizeMode mode, boolean alignCorners) ->
                to.add(x, to.emit(new ResizeGradient(g, places, mode, alignCorners)));
        }
    }
}
