package org.rduzoo.runners;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.rduzoo.backend.pef.Pef;
import org.rduzoo.checkpoint.Checkpoint;
import org.rduzoo.samba.Config;
import org.rduzoo.samba.ImageForm;
import org.rduzoo.samba.ImageGraphs;
import org.rduzoo.samba.ImageModel;
import org.rduzoo.samba.Params;
import org.rduzoo.samba.RandomWeights;
import org.rduzoo.samba.Trace;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.Weights;

/// An image model with its configuration, and its weights where there is a checkpoint.
record ImageSetup(ImageModel model, Config config, Optional<Checkpoint> checkpoint) implements AutoCloseable {

    private static final int USUAL_SIDE = 256;
    private static final int USUAL_VOLUME_SIDE = 64;

    /// The options that are keys of `config.json`.
    private static final Map<Option, String> KEYS = Map.of(
            Option.DIM, "dim",
            Option.IN_CHANNELS, "in_channels",
            Option.NUM_CLASSES, "num_classes",
            Option.INIT_FEATURES, "init_features",
            Option.NORM, "norm");

    static ImageSetup open(ImageModel model, Arguments arguments, Console console) {
        Map<String, String> set = new LinkedHashMap<>(ModelSource.set(arguments));
        KEYS.forEach((option, key) -> arguments.text(option).ifPresent(value -> set.put(key, value)));
        if (!arguments.has(Option.CHECKPOINT)) {
            Config config = ModelSource.with(Config.parse("the options", "{}"), set);
            model.form(config);
            return new ImageSetup(model, config, Optional.empty());
        }
        ModelSource source = ModelSource.of(model, arguments, console);
        Checkpoint checkpoint = source.open();
        try {
            Config config = source.config(checkpoint, set);
            model.build(config, Params.of(new Trace("weights"), checkpoint.weights()));
            return new ImageSetup(model, config, Optional.of(checkpoint));
        } catch (RuntimeException e) {
            checkpoint.close();
            throw e;
        }
    }

    ImageForm form() {
        return model.form(config);
    }

    /// The sides that are asked for, or `otherwise`, or the usual ones.
    List<Integer> sides(Arguments arguments, Optional<List<Integer>> otherwise) {
        List<Option> options = new ArrayList<>(List.of(Option.IN_DEPTH, Option.IN_HEIGHT, Option.IN_WIDTH));
        if (form().dimensions() == 2) {
            arguments.text(Option.IN_DEPTH).ifPresent(_ -> {
                throw new UserError("--in-depth is for volumes: give --dim 3 too.");
            });
            options.removeFirst();
        }
        int usual = form().dimensions() == 2 ? USUAL_SIDE : USUAL_VOLUME_SIDE;
        List<Integer> sides = new ArrayList<>();
        for (int i = 0; i < options.size(); i++) {
            int place = i;
            sides.add(arguments
                    .positive(options.get(i))
                    .or(() -> otherwise.map(o -> o.get(place)))
                    .orElse(usual));
        }
        form().require(sides);
        return sides;
    }

    /// As in `inference_256x256`.
    static String graphName(List<Integer> sides) {
        return "inference_" + sides.stream().map(String::valueOf).collect(Collectors.joining("x"));
    }

    Trace trace(int batch, List<Integer> sides) {
        return ImageGraphs.inference(graphName(sides), model, config, batch, sides);
    }

    /// The PEF that is given, or one compiled now.
    Pef pef(Arguments arguments, CompileOptions options, int batch, List<Integer> sides) {
        Optional<Pef> given = arguments.path(Option.PEF).map(Pef::read);
        if (given.isEmpty()) {
            return compile(options, batch, sides);
        }
        GivenPef.requireConfig(given.get(), config);
        if (given.get().entry(graphName(sides)).isEmpty()) {
            throw new UserError("the PEF has no graph %s. Give the sizes that it was compiled for, or compile again."
                    .formatted(graphName(sides)));
        }
        return given.get();
    }

    Pef compile(CompileOptions options, int batch, List<Integer> sides) {
        return options.compile(
                model.name(),
                config,
                List.of(trace(batch, sides).graph()),
                Map.of(Option.BATCH_SIZE.key(), Integer.toString(batch)));
    }

    /// The checkpoint's weights, or random ones.
    Weights weights(Arguments arguments, Trace trace) {
        return checkpoint.map(Checkpoint::weights).orElseGet(() -> RandomWeights.of(trace, arguments.seed()));
    }

    Checkpoint requireCheckpoint() {
        return checkpoint.orElseThrow(() -> new UsageError(
                "run needs trained weights: give --checkpoint, a folder or a .safetensors, .pth or .onnx file."));
    }

    @Override
    public void close() {
        checkpoint.ifPresent(Checkpoint::close);
    }
}
