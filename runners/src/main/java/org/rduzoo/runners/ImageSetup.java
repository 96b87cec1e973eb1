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
import org.rduzoo.samba.UsageError;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.Weights;

/// An image model with its configuration, and its weights where there is a checkpoint.
record ImageSetup(ImageModel model, Config config, Optional<Checkpoint> checkpoint) implements AutoCloseable {

    private static final int USUAL_SIDE = 256;
    private static final int USUAL_VOLUME_SIDE = 64;

    /// The options of sides, slowest first.
    private static final List<Option> SIDES = List.of(Option.IN_DEPTH, Option.IN_HEIGHT, Option.IN_WIDTH);

    static ImageSetup open(ImageModel model, Arguments arguments, Console console) {
        Map<String, String> set = ModelSource.set(arguments);
        Optional<Config> alone = ModelSource.configOfOptions(model, arguments);
        if (alone.isPresent()) {
            model.form(alone.get());
            return new ImageSetup(model, alone.get(), Optional.empty());
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
        return sides(form(), arguments, otherwise);
    }

    static List<Integer> sides(ImageForm form, Arguments arguments, Optional<List<Integer>> otherwise) {
        List<Option> options = SIDES.subList(SIDES.size() - form.dimensions(), SIDES.size());
        if (form.dimensions() == 2) {
            arguments.text(Option.IN_DEPTH).ifPresent(_ -> {
                throw new UserError("--in-depth is for volumes: give --dim 3 too.");
            });
        }
        int usual = form.dimensions() == 2 ? USUAL_SIDE : USUAL_VOLUME_SIDE;
        List<Integer> sides = new ArrayList<>();
        for (int i = 0; i < options.size(); i++) {
            int place = i;
            sides.add(arguments
                    .positive(options.get(i))
                    .or(() -> otherwise.map(o -> o.get(place)))
                    .orElse(usual));
        }
        form.require(sides);
        return sides;
    }

    /// The options that say these sides.
    static Map<Option, Integer> sides(List<Integer> sides) {
        Map<Option, Integer> options = new LinkedHashMap<>();
        for (int i = 0; i < sides.size(); i++) {
            options.put(SIDES.get(SIDES.size() - sides.size() + i), sides.get(i));
        }
        return options;
    }

    /// As in `inference_256x256`.
    static String graphName(List<Integer> sides) {
        return "inference_" + sides.stream().map(String::valueOf).collect(Collectors.joining("x"));
    }

    Trace trace(int batch, List<Integer> sides) {
        return ImageGraphs.inference(graphName(sides), model, config, batch, sides);
    }

    /// What a graph is compiled for.
    private record Shape(int batch, List<Integer> sides) {}

    private static Map<String, String> arguments(int batch) {
        return Map.of(Option.BATCH_SIZE.key(), Integer.toString(batch));
    }

    /// The PEF that is given, or one from the cache.
    Pef pef(Arguments arguments, CompileOptions options, int batch, List<Integer> sides) {
        Optional<Pef> given = arguments.path(Option.PEF).map(Pef::read);
        if (given.isEmpty()) {
            return new PefCache(CacheFolder.ofEnvironment())
                    .get(
                            model,
                            config,
                            new Shape(batch, sides),
                            () -> List.of(trace(batch, sides).graph()),
                            arguments(batch),
                            options)
                    .pef();
        }
        GivenPef.require(given.get(), "run", model, options);
        GivenPef.requireConfig(given.get(), config);
        if (given.get().entry(graphName(sides)).isEmpty()) {
            throw new UserError("the PEF has no graph %s. Give the sizes that it was compiled for, or compile again."
                    .formatted(graphName(sides)));
        }
        return given.get();
    }

    Pef compile(CompileOptions options, int batch, List<Integer> sides) {
        return options.compile(model.name(), config, List.of(trace(batch, sides).graph()), arguments(batch));
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
