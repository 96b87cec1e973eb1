package org.rduzoo.backend.host;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.rduzoo.ir.BinaryFn;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Dense;
import org.rduzoo.ir.Elementwise;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.GraphBuilder;
import org.rduzoo.ir.Layout;
import org.rduzoo.ir.Lookup;
import org.rduzoo.ir.Normalization;
import org.rduzoo.ir.Op;
import org.rduzoo.ir.Positional;
import org.rduzoo.ir.Product;
import org.rduzoo.ir.SectionType;
import org.rduzoo.ir.Shape;
import org.rduzoo.ir.Type;
import org.rduzoo.ir.UnaryFn;
import org.rduzoo.ir.Value;

/// A pre-norm decoder with rotary positions, grouped queries, a gated feed-forward and a cache, as it is traced; its
/// head is its table.
///
/// @param wide the width of the feed-forward
record SmallDecoder(int layers, int hidden, int heads, int keyHeads, int wide, int vocabulary) {

    /// Weights that keep numbers near 1.
    Map<String, Dense> weights(Random random) {
        Map<String, Dense> weights = new HashMap<>();
        for (Graph.Input i : graph("shapes", 1, 1, 1).inputs()) {
            if (i.kind() == Graph.Kind.PARAMETER) {
                int[] dims = i.value().shape().dims();
                double scale = 1 / Math.sqrt(dims[dims.length - 1]);
                weights.put(i.name(), HostRuns.random(random, DType.F32, dims.length == 1 ? 1 : scale, dims));
            }
        }
        return weights;
    }

    /// The graph for `tokens` tokens of each text, with caches of `slots` slots.
    Graph graph(String name, int batch, int tokens, int slots) {
        return new Trace(name, batch, tokens, slots).run();
    }

    private final class Trace {

        private final GraphBuilder builder;
        private final int batch;
        private final int tokens;
        private final int slots;
        private final int size = hidden / heads;

        Trace(String name, int batch, int tokens, int slots) {
            this.builder = new GraphBuilder(name);
            this.batch = batch;
            this.tokens = tokens;
            this.slots = slots;
        }

        Graph run() {
            Value ids = builder.input("input_ids", Graph.Kind.INPUT, Type.of(DType.I64, batch, tokens));
            Value start = builder.input("start", Graph.Kind.INPUT, Type.of(DType.I64, batch));
            Value valid = builder.input("valid", Graph.Kind.INPUT, Type.of(DType.I64, batch));
            Value table = parameter("embed", vocabulary, hidden);
            double[] frequencies = new double[size / 2];
            for (int i = 0; i < frequencies.length; i++) {
                frequencies[i] = (float) Math.pow(10000, -2.0 * i / size);
            }
            Value turns = add(new Layout.Constant(new Dense(Type.of(DType.F32, size / 2), frequencies)));
            List<Value> angles = builder.add(new Positional.RopeAngles(start, turns, tokens), "", SectionType.FWD);
            Value x = add(new Lookup.Embedding(table, ids));
            for (int i = 0; i < layers; i++) {
                x = layer("layers." + i, x, angles, start, valid);
            }
            Value last = add(new Positional.LastRow(x, start, valid));
            builder.output("logits", add(linear(norm("norm", last), table)));
            return HostRuns.numbered(builder.build());
        }

        private Value layer(String path, Value x, List<Value> angles, Value start, Value valid) {
            Value h = norm(path + ".input", x);
            Value q = rope(split(path + ".q", h, heads), angles);
            Value k = cached(path + ".key", rope(split(path + ".k", h, keyHeads), angles), start, valid);
            Value v = cached(path + ".value", split(path + ".v", h, keyHeads), start, valid);
            Value a = add(new Product.Attention(
                    q,
                    k,
                    v,
                    Optional.of(start),
                    Optional.of(valid),
                    Optional.empty(),
                    Optional.empty(),
                    true,
                    0,
                    1 / Math.sqrt(size),
                    DType.F32));
            a = add(new Layout.Transpose(a, List.of(0, 2, 1, 3)));
            a = add(new Layout.Reshape(a, Shape.of(batch, tokens, hidden)));
            Value y = plus(x, add(linear(a, parameter(path + ".o", hidden, hidden))));
            h = norm(path + ".post", y);
            Value gate =
                    add(new Elementwise.Unary(UnaryFn.SILU, add(linear(h, parameter(path + ".gate", wide, hidden)))));
            Value up = add(linear(h, parameter(path + ".up", wide, hidden)));
            Value both = add(new Elementwise.Binary(BinaryFn.MUL, gate, up));
            return plus(y, add(linear(both, parameter(path + ".down", hidden, wide))));
        }

        private Value split(String path, Value h, int count) {
            Value x = add(linear(h, parameter(path, count * size, hidden)));
            x = add(new Layout.Reshape(x, Shape.of(batch, tokens, count, size)));
            return add(new Layout.Transpose(x, List.of(0, 2, 1, 3)));
        }

        private Value rope(Value x, List<Value> angles) {
            return add(new Positional.Rope(x, angles.get(0), angles.get(1)));
        }

        private Value cached(String name, Value rows, Value start, Value valid) {
            Value cache = builder.input(
                    name,
                    Graph.Kind.STATE,
                    Type.of(DType.F32, batch, rows.type().dim(1), slots, size));
            Value written = add(new Positional.CacheWrite(cache, rows, start, valid));
            builder.output(name + ".out", written, Optional.of(name));
            return written;
        }

        private Value norm(String path, Value x) {
            return add(new Normalization.RmsNorm(x, Optional.of(parameter(path, hidden)), 1e-5));
        }

        private Value plus(Value a, Value b) {
            return add(new Elementwise.Binary(BinaryFn.ADD, a, b));
        }

        private static Op linear(Value x, Value weight) {
            return new Product.Linear(x, weight, Optional.empty(), Optional.empty());
        }

        private Value parameter(String name, int... dims) {
            return builder.input(name, Graph.Kind.PARAMETER, Type.of(DType.F32, dims));
        }

        private Value add(Op op) {
            return builder.addOne(op, "", SectionType.FWD);
        }
    }
}
