package org.rduzoo.runners;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.rduzoo.backend.pef.Pef;
import org.rduzoo.backend.pef.PefInfo;
import org.rduzoo.checkpoint.SentenceModel;
import org.rduzoo.ir.Graph;
import org.rduzoo.runners.generate.DecoderShape;
import org.rduzoo.runners.train.TrainingSpec;
import org.rduzoo.samba.Config;
import org.rduzoo.samba.DecoderModel;
import org.rduzoo.samba.Encoder;
import org.rduzoo.samba.EncoderModel;
import org.rduzoo.samba.ImageModel;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.ZooModel;

/// `rdu compile MODEL`: a model and its shapes to a PEF. Weights are not needed.
record CompileCommand() implements Command {

    @Override
    public String name() {
        return "compile";
    }

    @Override
    public String summary() {
        return "compiles a model for its shapes to a PEF; needs config.json and no weights";
    }

    @Override
    public List<String> operands() {
        return List.of("MODEL");
    }

    @Override
    public List<Option> options() {
        List<Option> options = new ArrayList<>(Option.compiling());
        options.addAll(
                List.of(Option.STATIC_SEQ_LENGTHS, Option.OUTPUT_FOLDER, Option.PEF_NAME, Option.SEED, Option.FORCE));
        options.addAll(Option.images());
        options.addAll(Option.learning());
        return options;
    }

    @Override
    public Result run(Arguments arguments, Console console) {
        ZooModel found = Models.of(this, arguments);
        if (!arguments.on(Option.INFERENCE)) {
            return train(found, arguments, console);
        }
        if (found instanceof ImageModel image) {
            return ImageCommands.compile(image, arguments, console);
        }
        if (found instanceof DecoderModel decoder) {
            return compile(decoder, arguments, console);
        }
        EncoderModel model = Encoders.encoder(found);
        CompileOptions options = CompileOptions.of(arguments);
        ModelSource source = ModelSource.of(model, arguments, console);
        Config config = source.config(ModelSource.set(arguments));
        Encoder encoder = Encoders.shapes(model, config);
        Optional<SentenceModel> sentence = source.sentence();
        int limit = Encoders.limit(model, config, arguments, sentence);
        List<Integer> lengths = new ArrayList<>(arguments.positives(Option.STATIC_SEQ_LENGTHS));
        if (!lengths.isEmpty() && lengths.getLast() > limit) {
            throw new UserError("--static-seq-lengths asks for %d, but texts have %d tokens at most."
                    .formatted(lengths.getLast(), limit));
        }
        if (lengths.isEmpty()) {
            lengths.add(limit);
        }
        Batching batching = Encoders.batching(arguments, 1);
        long start = System.nanoTime();
        List<Graph> graphs = new ArrayList<>();
        Map<String, String> shapes = new TreeMap<>();
        for (int length : lengths) {
            GraphSpec spec = Encoders.spec(encoder.head(), arguments, sentence, batching, length);
            shapes.putAll(spec.arguments());
            graphs.add(spec.graph(model, config));
            if (spec.kind() == GraphSpec.Kind.EMBEDDING) {
                GraphSpec plain = new GraphSpec(GraphSpec.Kind.FORWARD, batching, length, spec.pooling(), false);
                graphs.add(plain.graph(model, config));
            }
        }
        if (arguments.has(Option.STATIC_SEQ_LENGTHS)) {
            shapes.put(
                    Option.STATIC_SEQ_LENGTHS.key(),
                    lengths.stream().map(String::valueOf).collect(Collectors.joining(",")));
        }
        return write(options.compile(model.name(), config, graphs, shapes), model, arguments, start);
    }

    /// The graph of a training step; texts of a decoder are packed.
    private static Result train(ZooModel model, Arguments arguments, Console console) {
        CompileOptions options = CompileOptions.of(arguments);
        Config config = TrainingSource.config(model, arguments, console);
        Batching batching = Encoders.batching(arguments, 1);
        TrainingSpec spec = TrainingArguments.spec(model, config, batching, arguments, options);
        long start = System.nanoTime();
        spec.activations(model, config).ifPresent(plan -> console.log(plan.toString()));
        Pef pef = options.compile(
                model.name(), config, spec.graphs(model, config), TrainingArguments.shapes(spec, batching));
        return write(pef, model, arguments, start);
    }

    private static Result compile(DecoderModel model, Arguments arguments, Console console) {
        CompileOptions options = CompileOptions.of(arguments);
        Config config = ModelSource.of(model, arguments, console).config(ModelSource.set(arguments));
        long start = System.nanoTime();
        DecoderShape shape = Decoders.shape(
                arguments, arguments.positive(Option.BATCH_SIZE).orElse(1), Decoders.limit(model, config, arguments));
        List<Graph> graphs = Decoders.graphs(model, config, shape);
        Pef pef = options.compile(model.name(), config, graphs, Decoders.arguments(shape));
        return write(pef, model, arguments, start);
    }

    private static Result write(Pef pef, ZooModel model, Arguments arguments, long start) {
        Path file = file(model, arguments);
        pef.write(file, arguments.on(Option.FORCE));
        double seconds = Console.seconds(start);
        PefInfo info = PefInfo.of(pef);
        int sections =
                info.graphs().stream().mapToInt(PefInfo.GraphRow::sections).sum();
        return TableResult.of(TableResult.row(
                        "pef", file.toString(),
                        "bytes", info.bytes(),
                        "graphs", info.graphs().size(),
                        "sections", sections,
                        "seconds", Math.round(seconds * 1000) / 1000.0,
                        "predicted", ChipCost.predicted(pef)))
                .with("on_chip", ChipCost.graphs(pef));
    }

    private static Path file(ZooModel model, Arguments arguments) {
        String name = arguments.text(Option.PEF_NAME).orElse(model.name());
        return arguments
                .path(Option.PEF)
                .orElse(Path.of(arguments.text(Option.OUTPUT_FOLDER).orElse("out"), name, name + ".pef"));
    }
}
