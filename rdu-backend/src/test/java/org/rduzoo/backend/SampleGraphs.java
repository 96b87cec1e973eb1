package org.rduzoo.backend;

import java.util.List;
import java.util.Optional;
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
import org.rduzoo.ir.Product;
import org.rduzoo.ir.ReduceFn;
import org.rduzoo.ir.Reduction;
import org.rduzoo.ir.Rewriter;
import org.rduzoo.ir.SectionType;
import org.rduzoo.ir.Shape;
import org.rduzoo.ir.Type;
import org.rduzoo.ir.UnaryFn;
import org.rduzoo.ir.Value;

/// Graphs of the shapes that networks have, built node by node.
public final class SampleGraphs {

    private final GraphBuilder builder;
    private SectionType section = SectionType.FWD;

    private SampleGraphs(String name) {
        builder = new GraphBuilder(name);
    }

    /// A pre-norm decoder with grouped queries and a gated feed-forward, bf16 weights; `tokens` a row, one row.
    public static Graph decoder(
            String name, int layers, int hidden, int heads, int keyHeads, int wide, int tokens, int vocabulary) {
        SampleGraphs g = new SampleGraphs(name);
        Value ids = g.builder.input("input_ids", Graph.Kind.INPUT, Type.of(DType.I64, 1, tokens));
        Value table = g.parameter("model.embed_tokens.weight", vocabulary, hidden);
        Value x = g.add("model.embed_tokens", new Lookup.Embedding(table, ids));
        x = g.add("model.embed_tokens", new Elementwise.Cast(x, DType.F32));
        int headSize = hidden / heads;
        for (int i = 0; i < layers; i++) {
            String path = "model.layers." + i;
            Value h = g.normed(path + ".input_layernorm", x, hidden);
            Value q = g.heads(path + ".self_attn", g.linear(path + ".self_attn.q_proj", h, hidden), heads, headSize);
            Value k = g.heads(
                    path + ".self_attn",
                    g.linear(path + ".self_attn.k_proj", h, keyHeads * headSize),
                    keyHeads,
                    headSize);
            Value v = g.heads(
                    path + ".self_attn",
                    g.linear(path + ".self_attn.v_proj", h, keyHeads * headSize),
                    keyHeads,
                    headSize);
            Value a = g.attention(path + ".self_attn", q, k, v, Optional.empty(), true);
            a = g.add(path + ".self_attn", new Layout.Transpose(a, List.of(0, 2, 1, 3)));
            a = g.add(path + ".self_attn", new Layout.Reshape(a, Shape.of(1, tokens, hidden)));
            x = g.plus(path, x, g.linear(path + ".self_attn.o_proj", g.rounded(path, a), hidden));
            h = g.normed(path + ".post_attention_layernorm", x, hidden);
            Value gate = g.add(
                    path + ".mlp", new Elementwise.Unary(UnaryFn.SILU, g.linear(path + ".mlp.gate_proj", h, wide)));
            Value up = g.linear(path + ".mlp.up_proj", h, wide);
            Value both = g.rounded(path, g.add(path + ".mlp", new Elementwise.Binary(BinaryFn.MUL, gate, up)));
            x = g.plus(path, x, g.linear(path + ".mlp.down_proj", both, hidden));
        }
        g.builder.output("logits", g.linear("lm_head", g.normed("model.norm", x, hidden), vocabulary));
        return g.numbered();
    }

    /// A post-norm encoder with a padding mask, f32 but for the biases, which are stored as bf16.
    public static Graph encoder(int layers, int hidden, int heads, int batch, int tokens) {
        SampleGraphs g = new SampleGraphs("encoder");
        Value ids = g.builder.input("input_ids", Graph.Kind.INPUT, Type.of(DType.I64, batch, tokens));
        Value mask = g.builder.input("attention_mask", Graph.Kind.INPUT, Type.of(DType.I64, batch, tokens));
        Value table = g.builder.input("embeddings.weight", Graph.Kind.PARAMETER, Type.of(DType.F32, 1000, hidden));
        Value x = g.add("embeddings", new Lookup.Embedding(table, ids));
        x = g.layerNorm("embeddings.LayerNorm", x, hidden);
        for (int i = 0; i < layers; i++) {
            String path = "encoder.layer." + i;
            Value q = g.heads(
                    path + ".attention", g.linear32(path + ".attention.query", x, hidden), heads, hidden / heads);
            Value k =
                    g.heads(path + ".attention", g.linear32(path + ".attention.key", x, hidden), heads, hidden / heads);
            Value v = g.heads(
                    path + ".attention", g.linear32(path + ".attention.value", x, hidden), heads, hidden / heads);
            Value a = g.attention(path + ".attention", q, k, v, Optional.of(mask), false);
            a = g.add(path + ".attention", new Layout.Transpose(a, List.of(0, 2, 1, 3)));
            a = g.add(path + ".attention", new Layout.Reshape(a, Shape.of(batch, tokens, hidden)));
            x = g.layerNorm(
                    path + ".LayerNorm", g.plus(path, x, g.linear32(path + ".attention.output", a, hidden)), hidden);
            Value h =
                    g.add(path, new Elementwise.Unary(UnaryFn.GELU, g.linear32(path + ".intermediate", x, 4 * hidden)));
            x = g.layerNorm(
                    path + ".output.LayerNorm", g.plus(path, x, g.linear32(path + ".output", h, hidden)), hidden);
        }
        Value half = g.add("scale", new Layout.Constant(Dense.scalar(DType.F32, 0.5)));
        g.builder.output("scaled", g.add("scale", new Elementwise.Binary(BinaryFn.MUL, x, half)));
        g.builder.output("last_hidden_state", x);
        return g.numbered();
    }

    /// A training step of a chain of products: forward, backward, gradient norm, update. With `interleaved`, each
    /// update stands right after its gradient, as no plan may leave it.
    public static Graph training(int layers, int width, boolean interleaved) {
        SampleGraphs g = new SampleGraphs("train");
        Value x = g.builder.input("x", Graph.Kind.INPUT, Type.of(DType.F32, 64, width));
        Value gradient = g.builder.input("gradient", Graph.Kind.INPUT, Type.of(DType.F32, 64, width));
        Value rate = g.builder.input("learning_rate", Graph.Kind.INPUT, Type.of(DType.F32));
        Value[] weights = new Value[layers];
        Value[] saved = new Value[layers];
        for (int i = 0; i < layers; i++) {
            weights[i] = g.builder.input("w" + i, Graph.Kind.PARAMETER, Type.of(DType.F32, width, width));
            saved[i] = x;
            x = g.add("layers." + i, new Product.MatMul(x, weights[i]));
        }
        g.builder.output("y", x);
        Value[] gradients = new Value[layers];
        for (int i = layers - 1; i >= 0; i--) {
            g.section = SectionType.BCKWD;
            Value left = g.add("layers." + i, new Layout.Transpose(saved[i], List.of(1, 0)));
            gradients[i] = g.add("layers." + i, new Product.MatMul(left, gradient));
            Value right = g.add("layers." + i, new Layout.Transpose(weights[i], List.of(1, 0)));
            gradient = g.add("layers." + i, new Product.MatMul(gradient, right));
            if (interleaved) {
                g.update(i, weights[i], gradients[i], rate);
            }
        }
        g.section = SectionType.GRADNORM;
        Value norm = g.add("", new Layout.Constant(Dense.scalar(DType.F32, 0)));
        for (Value each : gradients) {
            norm = g.plus("", norm, g.add("", new Reduction.Reduce(ReduceFn.SUM, each, List.of(0, 1), false)));
        }
        g.builder.output("grad_norm", norm);
        for (int i = 0; i < layers && !interleaved; i++) {
            g.update(i, weights[i], gradients[i], rate);
        }
        return g.numbered();
    }

    /// The graph with its values numbered as they stand in it, inputs first.
    private Graph numbered() {
        Graph built = builder.build();
        Rewriter rewriter = new Rewriter(built);
        built.nodes().forEach(rewriter::copy);
        return rewriter.finish();
    }

    private void update(int layer, Value weight, Value gradient, Value rate) {
        section = SectionType.OPT;
        Value step = add("layers." + layer, new Elementwise.Binary(BinaryFn.MUL, gradient, rate));
        Value after = add("layers." + layer, new Elementwise.Binary(BinaryFn.SUB, weight, step));
        builder.output("w" + layer, after, Optional.of("w" + layer));
    }

    private Value add(String path, Op op) {
        return builder.addOne(op, path, section);
    }

    private Value plus(String path, Value a, Value b) {
        return add(path, new Elementwise.Binary(BinaryFn.ADD, a, b));
    }

    private Value parameter(String name, int... dims) {
        return builder.input(name, Graph.Kind.PARAMETER, Type.of(DType.BF16, dims));
    }

    private Value linear(String path, Value x, int n) {
        Value weight = parameter(path + ".weight", n, x.type().dim(-1));
        return add(path, new Product.Linear(x, weight, Optional.empty(), Optional.empty()));
    }

    private Value linear32(String path, Value x, int n) {
        Value weight = builder.input(
                path + ".weight",
                Graph.Kind.PARAMETER,
                Type.of(DType.F32, n, x.type().dim(-1)));
        Value stored = builder.input(path + ".bias", Graph.Kind.PARAMETER, Type.of(DType.BF16, n));
        Value bias = add(path, new Elementwise.Cast(stored, DType.F32));
        return add(path, new Product.Linear(x, weight, Optional.of(bias), Optional.empty()));
    }

    private Value rounded(String path, Value x) {
        return add(path, new Elementwise.Cast(x, DType.BF16));
    }

    private Value normed(String path, Value x, int width) {
        Value weight = builder.input(path + ".weight", Graph.Kind.PARAMETER, Type.of(DType.F32, width));
        return rounded(path, add(path, new Normalization.RmsNorm(x, Optional.of(weight), 1e-5)));
    }

    private Value layerNorm(String path, Value x, int width) {
        Value weight = builder.input(path + ".weight", Graph.Kind.PARAMETER, Type.of(DType.F32, width));
        Value bias = builder.input(path + ".bias", Graph.Kind.PARAMETER, Type.of(DType.F32, width));
        return add(path, new Normalization.LayerNorm(x, Optional.of(weight), Optional.of(bias), 1e-12));
    }

    private Value heads(String path, Value x, int heads, int size) {
        Shape split = Shape.of(x.type().dim(0), x.type().dim(1), heads, size);
        Value y = add(path, new Layout.Reshape(x, split));
        return add(path, new Layout.Transpose(y, List.of(0, 2, 1, 3)));
    }

    private Value attention(String path, Value q, Value k, Value v, Optional<Value> mask, boolean causal) {
        double scale = 1 / Math.sqrt(q.type().dim(3));
        return add(
                path,
                new Product.Attention(
                        q,
                        k,
                        v,
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        mask,
                        causal,
                        0,
                        scale,
                        DType.F32));
    }
}
