package org.rduzoo.samba;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.rduzoo.ir.BinaryFn;
import org.rduzoo.ir.ChannelNorm;
import org.rduzoo.ir.CompareFn;
import org.rduzoo.ir.Convolution;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Elementwise;
import org.rduzoo.ir.Layout;
import org.rduzoo.ir.Lookup;
import org.rduzoo.ir.Normalization;
import org.rduzoo.ir.Positional;
import org.rduzoo.ir.Product;
import org.rduzoo.ir.ReduceFn;
import org.rduzoo.ir.Reduction;
import org.rduzoo.ir.ResizeMode;
import org.rduzoo.ir.Sampling;
import org.rduzoo.ir.Shape;
import org.rduzoo.ir.UnaryFn;
import org.rduzoo.ir.Value;

/// A tensor of a model that is being traced: it has a shape and an element type, but no numbers. Axes may count from
/// the end.
public final class Tensor {

    private final Trace trace;
    private final Value value;

    Tensor(Trace trace, Value value) {
        this.trace = trace;
        this.value = value;
    }

    Value value() {
        return value;
    }

    /// Where this is recorded.
    public Trace trace() {
        return trace;
    }

    public Shape shape() {
        return value.shape();
    }

    public DType dtype() {
        return value.dtype();
    }

    public int rank() {
        return shape().rank();
    }

    public int dim(int axis) {
        return shape().dim(axis);
    }

    // Element by element. Shapes stretch: aligned at the end, equal or 1.

    public Tensor plus(Tensor other) {
        return binary(BinaryFn.ADD, other);
    }

    public Tensor minus(Tensor other) {
        return binary(BinaryFn.SUB, other);
    }

    public Tensor times(Tensor other) {
        return binary(BinaryFn.MUL, other);
    }

    public Tensor dividedBy(Tensor other) {
        return binary(BinaryFn.DIV, other);
    }

    public Tensor plus(double number) {
        return plus(trace.scalar(dtype(), number));
    }

    public Tensor times(double number) {
        return times(trace.scalar(dtype(), number));
    }

    public Tensor min(double number) {
        return binary(BinaryFn.MIN, trace.scalar(dtype(), number));
    }

    public Tensor max(double number) {
        return binary(BinaryFn.MAX, trace.scalar(dtype(), number));
    }

    public Tensor binary(BinaryFn fn, Tensor other) {
        return trace.emit(new Elementwise.Binary(fn, value, other.value));
    }

    public Tensor apply(UnaryFn fn) {
        return trace.emit(new Elementwise.Unary(fn, value));
    }

    public Tensor tanh() {
        return apply(UnaryFn.TANH);
    }

    public Tensor sigmoid() {
        return apply(UnaryFn.SIGMOID);
    }

    /// `bool[..]`: where the comparison with `number` holds.
    public Tensor compare(CompareFn fn, double number) {
        return trace.emit(new Elementwise.Compare(fn, value, trace.scalar(dtype(), number).value));
    }

    /// In training, 0 at each place with a probability, and what stays over one minus it; else this.
    public Tensor dropout(Dropout dropout) {
        return drops(dropout) ? dropped(dropout.input()) : this;
    }

    private boolean drops(Dropout dropout) {
        boolean drops = trace.isTraining() && dropout.usual() > 0;
        if (drops) {
            trace.drops(dropout.input(), dropout.usual());
        }
        return drops;
    }

    /// This with dropout, whose probability an input holds.
    Tensor dropped(String probability) {
        return trace.emit(new Elementwise.Dropout(
                value,
                trace.dropoutSeed().value,
                trace.scalarInput(probability, DType.F32).value,
                trace.nextDropout()));
    }

    public Tensor cast(DType dtype) {
        return dtype == dtype() ? this : trace.emit(new Elementwise.Cast(value, dtype));
    }

    // Layout.

    /// The same elements under another shape; one dimension may be -1, and follows from the others.
    public Tensor reshape(int... dims) {
        int[] d = dims.clone();
        int open =
                IntStream.range(0, d.length).filter(i -> d[i] == -1).findFirst().orElse(-1);
        if (open >= 0) {
            d[open] = 1;
            d[open] =
                    Math.toIntExact(shape().elements() / Math.max(1, Shape.of(d).elements()));
        }
        return trace.emit(new Layout.Reshape(value, Shape.of(d)));
    }

    /// Dimension `i` of the result is dimension `permutation[i]` of this.
    public Tensor transpose(int... permutation) {
        return trace.emit(new Layout.Transpose(
                value, Arrays.stream(permutation).map(shape()::axis).boxed().toList()));
    }

    /// `length` places along `axis` from `start` on.
    public Tensor slice(int axis, int start, int length) {
        return trace.emit(new Layout.Slice(value, shape().axis(axis), start, length));
    }

    /// This and then `other` along `axis`.
    public Tensor concat(int axis, Tensor other) {
        return trace.emit(new Layout.Concat(List.of(value, other.value), shape().axis(axis)));
    }

    /// The place `index` along `axis`, which vanishes.
    public Tensor at(int axis, int index) {
        int[] rest = shape().withoutDim(axis).dims();
        return slice(axis, index, 1).reshape(rest);
    }

    /// This and then `others` along `axis`.
    public Tensor concat(int axis, Tensor... others) {
        List<Value> parts = Stream.concat(Stream.of(this), Arrays.stream(others))
                .map(Tensor::value)
                .toList();
        return trace.emit(new Layout.Concat(parts, shape().axis(axis)));
    }

    // Along dimensions.

    public Tensor sum(int... axes) {
        return reduce(ReduceFn.SUM, axes);
    }

    public Tensor mean(int... axes) {
        return reduce(ReduceFn.MEAN, axes);
    }

    /// Joins the elements along `axes`, which vanish; along all without any.
    public Tensor reduce(ReduceFn fn, int... axes) {
        List<Integer> sorted = (axes.length == 0
                        ? IntStream.range(0, rank())
                        : Arrays.stream(axes).map(shape()::axis).sorted())
                .boxed()
                .toList();
        return trace.emit(new Reduction.Reduce(fn, value, sorted, false));
    }

    public Tensor softmax(int axis) {
        return trace.emit(new Reduction.Softmax(value, shape().axis(axis)));
    }

    /// `[.., V], i64[..] -> [..]`: the loss of each row, 0 where the target is `ignoreIndex`.
    public Tensor crossEntropy(Tensor targets, long ignoreIndex) {
        return trace.emit(new Reduction.CrossEntropy(value, targets.value, ignoreIndex, 0));
    }

    // Products, norms, look-ups.

    /// `[.., M, K] x [.., K, N] -> [.., M, N]`.
    public Tensor matmul(Tensor other) {
        return trace.emit(new Product.MatMul(value, other.value));
    }

    /// `[.., K] x [N, K] (+ [N]) -> [.., N]`; where the trace has adapters of low rank, with what they add.
    public Tensor linear(Tensor weight, Optional<Tensor> bias) {
        return trace.adapted(
                weight,
                this,
                trace.emit(new Product.Linear(value, weight.value, bias.map(Tensor::value), Optional.empty())));
    }

    /// `[.., K] x [N, K] -> [.., N]`.
    Tensor product(Tensor weight) {
        return trace.emit(new Product.Linear(value, weight.value, Optional.empty(), Optional.empty()));
    }

    /// Attention of the queries `this [B, Hq, T, D]` over the keys `[B, Hkv, S, D]` and values `[B, Hkv, S, Dv]`:
    /// `softmax(scale · q · kᵀ) · v` over what `seen` lets a query see, in training with dropout of the softmax.
    public Tensor attention(Tensor keys, Tensor values, Visibility seen, double scale, Dropout dropout) {
        Product.Attention attention = new Product.Attention(
                value,
                keys.value,
                values.value,
                seen.start().map(Tensor::value),
                seen.valid().map(Tensor::value),
                seen.segments().map(Tensor::value),
                seen.keyMask().map(Tensor::value),
                seen.causal(),
                seen.window(),
                scale,
                DType.F32,
                seen.ring());
        return trace.emit(
                drops(dropout)
                        ? attention.dropping(
                                trace.dropoutSeed().value,
                                trace.scalarInput(dropout.input(), DType.F32).value,
                                trace.nextDropout())
                        : attention);
    }

    public Tensor layerNorm(Tensor weight, Tensor bias, double epsilon) {
        return trace.emit(
                new Normalization.LayerNorm(value, Optional.of(weight.value), Optional.of(bias.value), epsilon));
    }

    public Tensor rmsNorm(Tensor weight, double epsilon) {
        return trace.emit(new Normalization.RmsNorm(value, Optional.of(weight.value), epsilon));
    }

    // Positions.

    /// This `[B, H, T, D]` turned by its position: token `i` of text `b` stands at `start[b] + i`.
    ///
    /// @param frequencies `f32[F]`, the angle that each pair of numbers turns from one position to the next
    public Tensor rope(Tensor start, Tensor frequencies) {
        List<Tensor> angles = trace.emitAll(new Positional.RopeAngles(start.value, frequencies.value, dim(2)));
        return trace.emit(new Positional.Rope(value, angles.get(0).value, angles.get(1).value));
    }

    /// This cache `[B, H, S, D]` with `rows [B, H, T, D]` from slot `start[b]` on, those below `valid[b]`; in a ring,
    /// the
    /// first slot follows the last.
    Tensor cacheWrite(Tensor rows, Tensor start, Tensor valid, boolean ring) {
        return trace.emit(new Positional.CacheWrite(value, rows.value, start.value, valid.value, ring));
    }

    /// `[B, T, C] -> [B, C]`: the token at position `valid[b] - 1` of each text whose first stands at `start[b]`.
    Tensor lastRow(Tensor start, Tensor valid) {
        return trace.emit(new Positional.LastRow(value, start.value, valid.value));
    }

    // Images, signals and volumes: `[N, C, places..]`.

    /// `[N, C, places..], weight [M, C / groups, taps..] -> [N, M, positions..]`.
    public Tensor conv(
            Tensor weight,
            Optional<Tensor> bias,
            List<Integer> stride,
            List<Integer> padding,
            List<Integer> dilation,
            int groups) {
        return trace.emit(new Convolution.Conv(
                value,
                weight.value,
                Optional.empty(),
                bias.map(Tensor::value),
                Optional.empty(),
                stride,
                padding,
                dilation,
                groups));
    }

    /// `[N, C, positions..], weight [C, M / groups, taps..] -> [N, M, places..]`.
    public Tensor convTranspose(
            Tensor weight,
            Optional<Tensor> bias,
            List<Integer> stride,
            List<Integer> padding,
            List<Integer> outputPadding,
            List<Integer> dilation,
            int groups) {
        return trace.emit(new Convolution.ConvTranspose(
                value, weight.value, bias.map(Tensor::value), stride, padding, outputPadding, dilation, groups));
    }

    public Tensor maxPool(List<Integer> kernel, List<Integer> stride, List<Integer> padding) {
        return trace.emit(new Sampling.MaxPool(value, kernel, stride, padding, false));
    }

    /// The mean under a window; padding counts as zeros.
    public Tensor avgPool(List<Integer> kernel, List<Integer> stride, List<Integer> padding) {
        return trace.emit(new Sampling.AvgPool(value, kernel, stride, padding, false, true));
    }

    /// Values at `size` places; see [Sampling.Resize].
    public Tensor resize(List<Integer> size, ResizeMode mode, boolean alignCorners) {
        return trace.emit(new Sampling.Resize(value, size, mode, alignCorners));
    }

    /// Each channel less its mean, over its deviation, scaled and shifted. In training the statistics are the batch's,
    /// and the running ones, which must be weights, are moved towards them by `momentum`.
    public Tensor batchNorm(
            Tensor weight, Tensor bias, Tensor runningMean, Tensor runningVariance, double momentum, double epsilon) {
        Optional<Value> scale = Optional.of(weight.value);
        Optional<Value> shift = Optional.of(bias.value);
        if (!trace.isTraining()) {
            return trace.emit(
                    new ChannelNorm.BatchNorm(value, scale, shift, runningMean.value, runningVariance.value, epsilon));
        }
        List<Tensor> results = trace.emitAll(new ChannelNorm.BatchNormTraining(
                value, scale, shift, runningMean.value, runningVariance.value, momentum, epsilon));
        trace.replace(runningMean, results.get(1));
        trace.replace(runningVariance, results.get(2));
        return results.getFirst();
    }

    /// Each run of `C / groups` channels of an element of the batch less its mean, over its deviation; scaled and
    /// shifted by channel.
    public Tensor groupNorm(Tensor weight, Tensor bias, int groups, double epsilon) {
        return trace.emit(
                new ChannelNorm.GroupNorm(value, Optional.of(weight.value), Optional.of(bias.value), groups, epsilon));
    }

    /// Row `ids[..]` of this table: `[V, C], i64[..] -> [.., C]`.
    public Tensor embedding(Tensor ids) {
        return embedding(ids, Optional.empty());
    }

    /// [#embedding], where training leaves the row `padding` as it is.
    public Tensor embedding(Tensor ids, Optional<Long> padding) {
        trace.requireNoAdapter(this);
        return trace.emit(new Lookup.Embedding(value, ids.value, padding));
    }

    /// As in `f32[2, 128, 384] at bert.pooler`.
    @Override
    public String toString() {
        return value.type() + (value.path().isEmpty() ? "" : " at " + value.path());
    }
}
