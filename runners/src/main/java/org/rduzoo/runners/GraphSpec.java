package org.rduzoo.runners;

import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.rduzoo.ir.Graph;
import org.rduzoo.samba.Config;
import org.rduzoo.samba.DecoderGraphs;
import org.rduzoo.samba.DecoderModel;
import org.rduzoo.samba.EncoderGraphs;
import org.rduzoo.samba.EncoderModel;
import org.rduzoo.samba.ImageModel;
import org.rduzoo.samba.Pooling;
import org.rduzoo.samba.Trace;
import org.rduzoo.samba.ZooModel;

/// One graph of a model over whole texts: what it yields, and for how many texts of how many tokens. It has the rows of
/// a
/// micro-batch.
record GraphSpec(Kind kind, Batching batching, int tokens, Pooling pooling, boolean normalize) {

    enum Kind {
        /// A vector a text, or a token.
        EMBEDDING,
        /// What the head yields.
        FORWARD,
        /// That and the loss.
        LOSS;

        /// What the names of such graphs begin with.
        String prefix() {
            return name().toLowerCase(Locale.ROOT) + "_";
        }
    }

    /// This for texts of so many tokens.
    GraphSpec withTokens(int n) {
        return new GraphSpec(kind, batching, n, pooling, normalize);
    }

    /// As in `embedding_128`.
    String name() {
        return kind.prefix() + tokens;
    }

    Trace trace(ZooModel model, Config config) {
        int batch = batching.step();
        return switch (model) {
            case EncoderModel m ->
                switch (kind) {
                    case EMBEDDING -> EncoderGraphs.embedding(name(), m, config, batch, tokens, pooling, normalize);
                    case FORWARD, LOSS -> EncoderGraphs.forward(name(), m, config, batch, tokens, kind == Kind.LOSS);
                };
            case ImageModel m -> throw new IllegalStateException(m.name() + " reads no texts");
            case DecoderModel m ->
                switch (kind) {
                    case EMBEDDING -> throw new IllegalStateException(m.name() + " embeds no texts");
                    case FORWARD, LOSS -> DecoderGraphs.forward(name(), m, config, batch, tokens, kind == Kind.LOSS);
                };
        };
    }

    Graph graph(ZooModel model, Config config) {
        return trace(model, config).graph();
    }

    /// These shapes as arguments of `compile`.
    Map<String, String> arguments() {
        Map<String, String> arguments = new TreeMap<>();
        arguments.put(Option.BATCH_SIZE.key(), Integer.toString(batching.size()));
        arguments.put(Option.MICROBATCH_SIZE.key(), Integer.toString(batching.step()));
        arguments.put(Option.MAX_SEQ_LENGTH.key(), Integer.toString(tokens));
        if (kind == Kind.EMBEDDING) {
            arguments.put(Option.POOLING.key(), pooling.name().toLowerCase(Locale.ROOT));
            arguments.put(Option.NORMALIZE.key(), Boolean.toString(normalize));
        }
        return arguments;
    }
}
