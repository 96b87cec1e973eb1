package org.rduzoo.ir.grad;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.rduzoo.ir.BinaryFn;
import org.rduzoo.ir.ChannelNorm;
import org.rduzoo.ir.ChannelNorm.BatchNorm;
import org.rduzoo.ir.ChannelNorm.BatchNormTraining;
import org.rduzoo.ir.ChannelNorm.GroupNorm;
import org.rduzoo.ir.Node;
import org.rduzoo.ir.ReduceFn;
import org.rduzoo.ir.Reduction.Reduce;
import org.rduzoo.ir.Shape;
import org.rduzoo.ir.UnaryFn;
import org.rduzoo.ir.Value;

/// The gradients of [ChannelNorm].
///
/// With the normal `n = (x − mean) · scale`, that by the weight is the sum of `g · n`, that by the bias the sum of `g`.
/// Where the statistics are `x`'s own and `h = g · weight`, that by `x` is `scale · (h − mean(h) − n · mean(h · n))`.
final class ChannelNormGradients {

    private ChannelNormGradients() {}

    static void propagate(ChannelNorm op, Node node, Adjoints to) {
        Value g = to.of(node.results().getFirst()).orElseThrow(() -> furtherResult(node));
        switch (op) {
            case BatchNorm n -> given(n, g, to);
            case BatchNormTraining n -> {
                if (node.results().stream().skip(1).anyMatch(v -> to.of(v).isPresent())) {
                    throw furtherResult(node);
                }
                batch(n, node, g, to);
            }
            case GroupNorm n -> groups(n, g, to);
        }
    }

    private static NoGradient furtherResult(Node node) {
        return NoGradient.of(node, "its statistics cannot be differentiated");
    }

    /// With statistics that are given, they have gradients themselves.
    private static void given(BatchNorm op, Value g, Adjoints to) {
        Value x = op.x();
        Value scale = to.unary(UnaryFn.RSQRT, to.plus(op.variance(), op.epsilon()));
        Value weighted = op.weight().map(w -> to.times(scale, w)).orElse(scale);
        Value byX = to.times(g, byChannel(weighted, x, to));
        to.add(x, byX);
        if (to.isNeeded(op.mean())) {
            to.add(op.mean(), to.unary(UnaryFn.NEG, channelSums(byX, to)));
        }
        Value off = to.binary(BinaryFn.SUB, x, byChannel(op.mean(), x, to));
        if (to.isNeeded(op.variance())) {
            Value sums = channelSums(to.times(byX, off), to);
            to.add(op.variance(), to.times(to.times(sums, to.times(scale, scale)), -0.5));
        }
        affine(op, g, to.times(off, byChannel(scale, x, to)), to);
    }

    private static void batch(BatchNormTraining op, Node node, Value g, Adjoints to) {
        Value x = op.x();
        Value mean = byChannel(node.results().get(3), x, to);
        Value root = node.results().get(4);
        Value off = to.binary(BinaryFn.SUB, x, mean);
        Value sums = channelSums(g, to);
        Value tilts = to.times(channelSums(to.times(g, off), to), root);
        op.weight().ifPresent(w -> to.add(w, tilts));
        op.bias().ifPresent(b -> to.add(b, sums));
        if (to.isNeeded(x)) {
            double share = (double) x.type().dim(1) / x.type().elements();
            Value shift = byChannel(to.times(sums, share), x, to);
            Value tilt = byChannel(to.times(to.times(tilts, share), root), x, to);
            Value level = to.binary(BinaryFn.SUB, to.binary(BinaryFn.SUB, g, shift), to.times(off, tilt));
            Value scale = op.weight().map(w -> to.times(root, w)).orElse(root);
            to.add(x, to.times(level, byChannel(scale, x, to)));
        }
    }

    private static void groups(GroupNorm op, Value g, Adjoints to) {
        Value x = op.x();
        Shape s = x.shape();
        Shape grouped = Shape.of(s.dim(0), op.groups(), s.dim(1) / op.groups())
                .append(s.slice(2, s.rank()).dims());
        List<Integer> axes = IntStream.range(2, grouped.rank()).boxed().toList();
        Value groups = to.reshape(x, grouped);
        Value off = to.binary(BinaryFn.SUB, groups, mean(groups, axes, to));
        Value variance = mean(to.times(off, off), axes, to);
        Value scale = to.unary(UnaryFn.RSQRT, to.plus(variance, op.epsilon()));
        Value normal = to.times(off, scale);
        affine(op, g, to.reshape(normal, s), to);
        if (to.isNeeded(x)) {
            Value weighted =
                    op.weight().map(w -> to.times(g, byChannel(w, x, to))).orElse(g);
            Value h = to.reshape(weighted, grouped);
            Value tilt = to.times(normal, mean(to.times(h, normal), axes, to));
            Value level = to.binary(BinaryFn.SUB, to.binary(BinaryFn.SUB, h, mean(h, axes, to)), tilt);
            to.add(x, to.reshape(to.times(level, scale), s));
        }
    }

    private static void affine(ChannelNorm op, Value g, Value normal, Adjoints to) {
        neededOf(op.weight(), to).ifPresent(w -> to.add(w, channelSums(to.times(g, normal), to)));
        neededOf(op.bias(), to).ifPresent(b -> to.add(b, channelSums(g, to)));
    }

    private static Optional<Value> neededOf(Optional<Value> value, Adjoints to) {
        return value.filter(to::isNeeded);
    }

    private static Value mean(Value x, List<Integer> axes, Adjoints to) {
        return to.emit(new Reduce(ReduceFn.MEAN, x, axes, true));
    }

    private static Value channelSums(Value x, Adjoints to) {
        return to.sum(x, ConvolutionGradients.allButChannels(x), false);
    }

    /// A number a channel, with dimensions of 1 for the places of `x`.
    private static Value byChannel(Value row, Value x, Adjoints to) {
        int[] dims = new int[x.type().rank() - 1];
        Arrays.fill(dims, 1);
        dims[0] = row.type().dim(0);
        return to.reshape(row, Shape.of(dims));
    }
}
