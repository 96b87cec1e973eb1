package org.rduzoo.ir.grad;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.rduzoo.ir.Convolution;
import org.rduzoo.ir.Convolution.Conv;
import org.rduzoo.ir.Convolution.ConvTranspose;
import org.rduzoo.ir.ImageGradient.ConvWeightGradient;
import org.rduzoo.ir.Layout.Slice;
import org.rduzoo.ir.Node;
import org.rduzoo.ir.Value;
import org.rduzoo.ir.Window;

/// The gradients of [Convolution]: that by the operand of a convolution is a transposed one with the same weight, and
/// that of a transposed one a convolution.
final class ConvolutionGradients {

    private ConvolutionGradients() {}

    static void propagate(Convolution op, Node node, Adjoints to) {
        Value gradient = to.of(node.result()).orElseThrow();
        Value g = to.cast(gradient, op.x().dtype());
        switch (op) {
            case Conv c -> conv(c, node, g, to);
            case ConvTranspose c -> convTranspose(c, g, to);
        }
        op.bias().ifPresent(bias -> {
            if (to.isNeeded(bias)) {
                to.add(bias, to.sum(gradient, allButChannels(gradient), false));
            }
        });
    }

    /// The dimensions of `[N, C, places..]` but that of the channels.
    static List<Integer> allButChannels(Value x) {
        return IntStream.range(0, x.type().rank()).filter(d -> d != 1).boxed().toList();
    }

    private static void conv(Conv op, Node node, Value g, Adjoints to) {
        if (op.scale().isPresent() || op.activation().isPresent()) {
            throw NoGradient.of(node, "its scale or activation was joined to it before");
        }
        if (to.isNeeded(op.x())) {
            // Of the sizes that yield as many positions, the operand's: what the last window leaves over is 0.
            List<Integer> more = new ArrayList<>();
            Window w = op.window();
            for (int d = 0; d < w.dimensions(); d++) {
                long free = op.x().type().dim(d + 2) + 2L * w.padding().get(d) - w.extent(d);
                more.add((int) (free % w.stride().get(d)));
            }
            to.add(
                    op.x(),
                    to.emit(new ConvTranspose(
                            g,
                            op.weight(),
                            Optional.empty(),
                            op.stride(),
                            op.padding(),
                            more,
                            op.dilation(),
                            op.groups())));
        }
        if (to.isNeeded(op.weight())) {
            to.add(op.weight(), weight(op.x(), g, op, to));
        }
    }

    private static void convTranspose(ConvTranspose op, Value g, Adjoints to) {
        if (to.isNeeded(op.x())) {
            Value byX = to.emit(new Conv(
                    g,
                    op.weight(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    op.stride(),
                    op.padding(),
                    op.dilation(),
                    op.groups()));
            // Places beyond the last window may make room for one more position.
            for (int d = 2; d < byX.type().rank(); d++) {
                if (byX.type().dim(d) > op.x().type().dim(d)) {
                    byX = to.emit(new Slice(byX, d, 0, op.x().type().dim(d)));
                }
            }
            to.add(op.x(), byX);
        }
        if (to.isNeeded(op.weight())) {
            to.add(op.weight(), weight(g, op.x(), op, to));
        }
    }

    private static Value weight(Value wide, Value narrow, Convolution op, Adjoints to) {
        Window w = op.window();
        return to.emit(
                new ConvWeightGradient(wide, narrow, w.kernel(), w.stride(), w.padding(), w.dilation(), op.groups()));
    }
}
