package org.rduzoo.runners;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SplittableRandom;
import org.rduzoo.backend.host.HostGraph;
import org.rduzoo.backend.host.HostModel;
import org.rduzoo.backend.pef.Pef;
import org.rduzoo.backend.pef.PefInfo;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Dense;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.Reference;
import org.rduzoo.ir.Type;
import org.rduzoo.samba.ImageModel;
import org.rduzoo.samba.Trace;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.Weights;

/// What `compile`, `test` and `measure-performance` do with image models.
final class ImageCommands {

    private static final double FP32_TOLERANCE = 1e-4;
    private static final double BF16_TOLERANCE = 0x1p-6;
    private static final int TEST_GRAINS = 2;
    private static final int MISMATCH = 3;

    private ImageCommands() {}

    static Result compile(ImageModel model, Arguments arguments, Console console) {
        try (ImageSetup setup = ImageSetup.open(model, arguments, console)) {
            long start = System.nanoTime();
            Pef pef = setup.compile(
                    CompileOptions.of(arguments),
                    arguments.positive(Option.BATCH_SIZE).orElse(1),
                    setup.sides(arguments, Optional.empty()));
            String name = arguments.text(Option.PEF_NAME).orElse(model.name());
            Path file = arguments
                    .path(Option.PEF)
                    .orElse(Path.of(arguments.text(Option.OUTPUT_FOLDER).orElse("out"), name, name + ".pef"));
            pef.write(file, arguments.on(Option.FORCE));
            PefInfo info = PefInfo.of(pef);
            return TableResult.of(TableResult.row(
                            "pef", file.toString(),
                            "bytes", info.bytes(),
                            "graphs", info.graphs().size(),
                            "sections", info.graphs().getFirst().sections(),
                            "seconds", Math.round(Console.seconds(start) * 1000) / 1000.0,
                            "predicted", ChipCost.predicted(pef)))
                    .with("on_chip", ChipCost.graphs(pef));
        }
    }

    static Result test(ImageModel model, Arguments arguments, Console console) {
        try (ImageSetup setup = ImageSetup.open(model, arguments, console)) {
            int side = setup.form().grain() * TEST_GRAINS;
            List<Integer> sides = setup.sides(
                    arguments, Optional.of(Collections.nCopies(setup.form().dimensions(), side)));
            int batch = arguments.positive(Option.BATCH_SIZE).orElse(2);
            Pef pef = setup.pef(arguments, CompileOptions.of(arguments), batch, sides);
            Weights weights = setup.weights(arguments, setup.trace(batch, sides));
            try (HostModel host = HostModel.load(pef, weights, Feed.host(arguments))) {
                HostGraph graph = host.graph(ImageSetup.graphName(sides));
                Graph compiled = graph.graph();
                Map<String, Dense> inputs = new LinkedHashMap<>();
                Type type = compiled.input("image").orElseThrow().value().type();
                inputs.put("image", noise(type, arguments.seed()));
                compiled.inputs(Graph.Kind.PARAMETER).forEach(input -> {
                    Weights.Weight weight = weights.find(input.name())
                            .orElseThrow(() -> new UserError(input.name() + " is missing from " + weights.source()));
                    inputs.put(
                            input.name(),
                            Feed.dense(input.value().type(), weight.type().dtype(), weight.segment()));
                });
                Feed.copy(Objects.requireNonNull(inputs.get("image")), graph.input("image"));
                long start = System.nanoTime();
                graph.run();
                console.step("simulator: " + host.description(), start);
                start = System.nanoTime();
                Dense expected =
                        Objects.requireNonNull(Reference.run(compiled, inputs).get("logits"));
                console.step("reference", start);
                boolean bf16 = compiled.inputs(Graph.Kind.PARAMETER)
                        .anyMatch(i -> i.value().dtype() == DType.BF16);
                return compare(
                        expected.data(),
                        Feed.floats(graph.output("logits"), 0, expected.data().length),
                        bf16 ? BF16_TOLERANCE : FP32_TOLERANCE);
            }
        }
    }

    private static Dense noise(Type type, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        Dense noise = Dense.zeros(type);
        for (int i = 0; i < noise.data().length; i++) {
            noise.data()[i] = (float) random.nextGaussian();
        }
        return noise;
    }

    private static Result compare(double[] expected, float[] found, double tolerance) {
        double largest = 0;
        double worst = 0;
        for (int i = 0; i < expected.length; i++) {
            largest = Math.max(largest, Math.abs(expected[i]));
            double error = Math.abs(found[i] - expected[i]);
            worst = Double.isNaN(error) ? Double.POSITIVE_INFINITY : Math.max(worst, error);
        }
        double relative = largest == 0 ? worst : worst / largest;
        boolean ok = relative <= tolerance;
        return new TableResult(TableResult.row("ok", ok), new LinkedHashMap<>(), ok ? 0 : MISMATCH)
                .with(
                        "outputs",
                        List.of(TableResult.row(
                                "name",
                                "logits",
                                "max_abs",
                                worst,
                                "relative",
                                relative,
                                "tolerance",
                                tolerance,
                                "ok",
                                ok)));
    }

    static Result measure(ImageModel model, Arguments arguments, Console console) {
        try (ImageSetup setup = ImageSetup.open(model, arguments, console)) {
            CompileOptions options = CompileOptions.of(arguments);
            int batch = arguments.positive(Option.BATCH_SIZE).orElse(1);
            List<Integer> sides = setup.sides(arguments, Optional.empty());
            Pef pef = setup.pef(arguments, options, batch, sides);
            Trace trace = setup.trace(batch, sides);
            try (HostModel host = HostModel.load(pef, setup.weights(arguments, trace), Feed.host(arguments))) {
                HostGraph graph = host.graph(ImageSetup.graphName(sides));
                console.log(host.description());
                Type type = graph.graph().input("image").orElseThrow().value().type();
                Feed.copy(noise(type, arguments.seed()), graph.input("image"));
                Map<String, Object> measured = MeasurePerformanceCommand.measure(graph::run, type.dim(0), "images/s");
                return new MeasurePerformanceCommand.Performance(TableResult.row(
                        "model", model.name(),
                        "batch_size", type.dim(0),
                        "image", type.toString(),
                        "precision", options.precisionName(),
                        "measured", measured,
                        "predicted",
                                PredictedTime.of(
                                        Predictions.step(pef, graph.graph().name(), 1),
                                        type.dim(0),
                                        "images/s",
                                        TimingRows.cover(model.name(), pef.deployment(), true))));
            }
        }
    }
}
