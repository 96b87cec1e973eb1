package org.rduzoo.samba;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Dense;
import org.rduzoo.ir.Type;

/// How the tokens of this run see each other and those of earlier runs. A model has one way to attend, whether it is
/// trained on whole texts or continues them step by step; which of the two it is, is this.
public final class KvCache {

    private final Tensor start;
    private final List<Layer> layers;

    private KvCache(Tensor start, List<Layer> layers) {
        this.start = start;
        this.layers = layers;
    }

    /// One layer's attention.
    @FunctionalInterface
    public interface Layer {
        /// `q [B, Hq, T, D], k [B, Hkv, T, D], v [B, Hkv, T, D] -> [B, Hq, T, D]`: each token gathers from itself and
        /// those before it, with `softmax(scale · q · kᵀ)`, in training with dropout of it.
        Tensor attend(Tensor q, Tensor k, Tensor v, double scale, Dropout dropout);
    }

    /// No memory: this run brings whole texts, from their first token on.
    ///
    /// @param batch how many
    /// @param keyMask `i64[B, T]`, 0 on tokens that nobody sees
    /// @param segments `i64[B, T]`: only tokens of the same number see each other
    public static KvCache none(
            Trace trace, int batch, List<KvShape> shapes, Optional<Tensor> keyMask, Optional<Tensor> segments) {
        Tensor zeros = trace.constant(Dense.zeros(Type.of(DType.I64, batch)));
        List<Layer> layers = shapes.stream()
                .map(shape -> (Layer) (q, k, v, scale, dropout) -> q.attention(
                        k,
                        v,
                        new Visibility(
                                Optional.empty(), Optional.empty(), segments, keyMask, true, shape.window(), false),
                        scale,
                        dropout))
                .toList();
        return new KvCache(zeros, layers);
    }

    /// A memory of texts of `slots` tokens, as the states `cache.0.key`, `cache.0.value`, … of the graph. Where a layer
    /// with a window needs fewer, its states are rings.
    ///
    /// @param chunk the most tokens that any run with this memory brings
    /// @param start `i64[B]`: how many tokens of each text came before
    /// @param valid `i64[B]`: how many there are with this run's; what this run brings beyond them is padding
    static KvCache of(Trace trace, List<KvShape> shapes, int slots, int chunk, Tensor start, Tensor valid) {
        Visibility seen = new Visibility(
                Optional.of(start), Optional.of(valid), Optional.empty(), Optional.empty(), true, 0, false);
        List<Layer> layers = IntStream.range(0, shapes.size())
                .mapToObj(i -> {
                    KvShape shape = shapes.get(i);
                    int kept = shape.slots(slots, chunk);
                    boolean ring = kept < slots;
                    int[] dims = {start.dim(0), shape.heads(), kept, shape.headSize()};
                    Tensor keys = trace.state("cache.%d.key".formatted(i), DType.F32, dims);
                    Tensor values = trace.state("cache.%d.value".formatted(i), DType.F32, dims);
                    return (Layer) (q, k, v, scale, dropout) -> {
                        Tensor allKeys = keys.cacheWrite(k, start, valid, ring);
                        Tensor allValues = values.cacheWrite(v, start, valid, ring);
                        trace.replaceState("cache.%d.key".formatted(i), allKeys);
                        trace.replaceState("cache.%d.value".formatted(i), allValues);
                        return q.attention(allKeys, allValues, seen.withWindow(shape.window(), ring), scale, dropout);
                    };
                })
                .toList();
        return new KvCache(start, layers);
    }

    public Layer layer(int i) {
        return layers.get(i);
    }

    /// The position of this run's first token in each text: `i64[B]`.
    public Tensor start() {
        return start;
    }

    /// The position of each of this run's `tokens` tokens in its text: `i64[B, tokens]`.
    public Tensor positions(int tokens) {
        double[] steps = IntStream.range(0, tokens).asDoubleStream().toArray();
        Tensor after = start.trace().constant(new Dense(Type.of(DType.I64, tokens), steps));
        return start.reshape(-1, 1).plus(after);
    }
}
