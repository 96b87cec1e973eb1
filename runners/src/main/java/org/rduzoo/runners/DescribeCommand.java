package org.rduzoo.runners;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import org.rduzoo.backend.arch.Arch;
import org.rduzoo.backend.section.OpCost;
import org.rduzoo.checkpoint.SentenceModel;
import org.rduzoo.ir.Graph;
import org.rduzoo.samba.Config;
import org.rduzoo.samba.Encoder;
import org.rduzoo.samba.EncoderModel;
import org.rduzoo.samba.Trace;

/// `rdu describe MODEL`: what it takes and yields, and what that costs.
record DescribeCommand() implements Command {

    @Override
    public String name() {
        return "describe";
    }

    @Override
    public String summary() {
        return "options with legal values and defaults, shapes, FLOPs, bytes";
    }

    @Override
    public List<String> operands() {
        return List.of("MODEL");
    }

    @Override
    public List<Option> options() {
        return List.of(
                Option.CHECKPOINT,
                Option.SET,
                Option.BATCH_SIZE,
                Option.MAX_SEQ_LENGTH,
                Option.POOLING,
                Option.NORMALIZE,
                Option.INFERENCE);
    }

    @Override
    public Result run(Arguments arguments, Console console) {
        EncoderModel model = Encoders.encoder(Models.of(this, arguments));
        ModelSource source = ModelSource.of(model, arguments, console);
        Config config = source.config(ModelSource.set(arguments));
        Encoder encoder = Encoders.shapes(model, config);
        Optional<SentenceModel> sentence = source.sentence();
        int limit = Encoders.limit(model, config, arguments, sentence);
        GraphSpec spec = Encoders.spec(encoder.head(), arguments, sentence, Encoders.batching(arguments, 1), limit);
        Trace trace = spec.trace(model, config);
        Graph graph = trace.graph();
        long elements =
                trace.parameters().stream().mapToLong(p -> p.type().elements()).sum();
        long flops = graph.nodes().stream().mapToLong(OpCost::flops).sum();
        return TableResult.of(TableResult.row(
                        "model",
                        model.name(),
                        "tasks",
                        model.summary(),
                        "checkpoint",
                        source.path().toString(),
                        "parameters",
                        elements,
                        "parameter_bytes_bf16",
                        2 * elements,
                        "parameter_bytes_fp32",
                        4 * elements,
                        "flops",
                        flops))
                .with("options", options(model.maxSequenceLength(config), spec))
                .with("tensors", tensors(graph))
                .with(
                        "weights",
                        trace.parameters().stream()
                                .map(p -> TableResult.row(
                                        "name", p.name(),
                                        "shape", p.type().shape().toString(),
                                        "elements", p.type().elements()))
                                .toList());
    }

    private static List<SequencedMap<String, Object>> options(int most, GraphSpec spec) {
        List<SequencedMap<String, Object>> rows = new ArrayList<>();
        String batch = Integer.toString(spec.batching().size());
        rows.add(option(Option.BATCH_SIZE, "1 or more", batch));
        rows.add(option(Option.MICROBATCH_SIZE, "divisors of the batch size", batch));
        rows.add(option(Option.MAX_SEQ_LENGTH, "1 to " + most, Integer.toString(spec.tokens())));
        rows.add(option(Option.PRECISION, "bf16, fp32", "bf16"));
        rows.add(option(Option.ARCH, String.join(", ", Arch.keys()), "sn40"));
        rows.add(option(Option.NUM_TILES, "1 to all", "all"));
        if (spec.kind() == GraphSpec.Kind.EMBEDDING) {
            rows.add(option(Option.POOLING, "mean, cls, none", spec.arguments().getOrDefault("pooling", "mean")));
            rows.add(option(Option.NORMALIZE, "true, false", Boolean.toString(spec.normalize())));
        }
        return rows;
    }

    private static SequencedMap<String, Object> option(Option option, String values, String otherwise) {
        return TableResult.row("option", option.text(), "values", values, "default", otherwise);
    }

    private static List<SequencedMap<String, Object>> tensors(Graph graph) {
        List<SequencedMap<String, Object>> rows = new ArrayList<>();
        graph.inputs(Graph.Kind.INPUT)
                .forEach(i -> rows.add(TableResult.row(
                        "role",
                        "input",
                        "name",
                        i.name(),
                        "type",
                        i.value().type().toString())));
        graph.outputs()
                .forEach(o -> rows.add(TableResult.row(
                        "role",
                        "output",
                        "name",
                        o.name(),
                        "type",
                        o.value().type().toString())));
        return rows;
    }
}
