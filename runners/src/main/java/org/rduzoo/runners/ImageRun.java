package org.rduzoo.runners;

import java.io.PrintStream;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.rduzoo.backend.host.HostGraph;
import org.rduzoo.backend.host.HostModel;
import org.rduzoo.backend.pef.Pef;
import org.rduzoo.checkpoint.Checkpoint;
import org.rduzoo.checkpoint.safetensors.SafetensorsFile;
import org.rduzoo.checkpoint.safetensors.SafetensorsWriter;
import org.rduzoo.ir.Type;
import org.rduzoo.ir.Window;
import org.rduzoo.samba.ImageForm;
import org.rduzoo.samba.ImageModel;
import org.rduzoo.samba.Nearest;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.Weights.Weight;

/// An image through a model: mask and overlay as files; or tensors of a file, and what comes out into another.
///
/// @param facts what was written, and how well it agrees with a target
record ImageRun(Map<String, Object> facts, Map<String, Object> measured) implements Result {

    /// Places that neighbouring tiles share, at most a quarter of a side.
    private static final int OVERLAP = 32;

    static Result run(ImageModel model, Arguments arguments, Console console) {
        boolean tensors = arguments.has(Option.INPUTS) && arguments.has(Option.OUTPUTS);
        if (tensors == arguments.has(Option.INPUT)) {
            throw new UsageError(
                    "give run either an image, --input FILE, or tensors, --inputs FILE and --outputs" + " FILE.");
        }
        try (ImageSetup setup = ImageSetup.open(model, arguments, console)) {
            Checkpoint checkpoint = setup.requireCheckpoint();
            return tensors ? tensors(setup, checkpoint, arguments) : picture(setup, checkpoint, arguments, console);
        }
    }

    private static Result tensors(ImageSetup setup, Checkpoint checkpoint, Arguments arguments) {
        Path in = arguments.path(Option.INPUTS).orElseThrow();
        Path out = arguments.path(Option.OUTPUTS).orElseThrow();
        if (Files.exists(out) && !arguments.on(Option.FORCE)) {
            throw new UserError("%s exists. Choose another name, or replace it with --force.".formatted(out));
        }
        long start = System.nanoTime();
        try (SafetensorsFile file = SafetensorsFile.open(in)) {
            Weight image = file.find("image")
                    .orElseThrow(() -> new UserError(
                            "%s has no tensor \"image\".%s".formatted(in, Nearest.hint("image", file.names()))));
            Type type = image.type();
            ImageForm form = setup.form();
            if (type.rank() != form.dimensions() + 2 || type.dim(1) != form.channels() || type.dim(0) == 0) {
                throw new UserError(
                        "%s: \"image\" has shape %s, but the model takes [images, %d, sides..] with %d sides."
                                .formatted(in, type.shape(), form.channels(), form.dimensions()));
            }
            List<Integer> sides = Window.places(type.shape());
            Pef pef = setup.pef(arguments, CompileOptions.of(arguments), type.dim(0), sides);
            try (HostModel host = HostModel.load(pef, checkpoint.weights(), Feed.host(arguments))) {
                HostGraph graph = host.graph(ImageSetup.graphName(sides));
                Type expected =
                        graph.graph().input("image").orElseThrow().value().type();
                if (!expected.shape().equals(type.shape())) {
                    throw new UserError("%s: \"image\" has shape %s, but this PEF was compiled for %s."
                            .formatted(in, type.shape(), expected.shape()));
                }
                Feed.copy(Feed.dense(expected, type.dtype(), image.segment()), graph.input("image"));
                Map<String, Object> measured = measured(start, graph, host);
                MemorySegment logits = graph.output("logits");
                Type result =
                        graph.graph().output("logits").orElseThrow().value().type();
                SafetensorsWriter.write(
                        out,
                        List.of(new Weight("logits", result, "", () -> logits)),
                        Map.of(),
                        arguments.on(Option.FORCE));
                Map<String, Object> facts = new LinkedHashMap<>();
                facts.put("file", out.toString());
                facts.put("logits", result.toString());
                return new ImageRun(facts, measured);
            }
        }
    }

    private static Map<String, Object> measured(long start, HostGraph graph, HostModel host) {
        Map<String, Object> measured = new LinkedHashMap<>();
        measured.put("load_s", Console.seconds(start));
        long running = System.nanoTime();
        graph.run();
        measured.put("seconds", Console.seconds(running));
        measured.put("memory_bytes", host.memoryBytes());
        return measured;
    }

    private static Result picture(ImageSetup setup, Checkpoint checkpoint, Arguments arguments, Console console) {
        ImageForm form = setup.form();
        if (form.dimensions() != 2) {
            throw new UserError("--input takes images, but this model reads volumes. Use --inputs and --outputs.");
        }
        Path file = arguments.path(Option.INPUT).orElseThrow();
        Picture picture = Picture.read(file, form.channels());
        Optional<Picture> target = arguments.path(Option.TARGET).map(t -> target(t, picture));
        List<Integer> sides = setup.sides(
                arguments,
                Optional.of(List.of(tile(picture.height(), form.grain()), tile(picture.width(), form.grain()))));
        long start = System.nanoTime();
        Pef pef = setup.pef(arguments, CompileOptions.of(arguments), 1, sides);
        try (HostModel host = HostModel.load(pef, checkpoint.weights(), Feed.host(arguments))) {
            HostGraph graph = host.graph(ImageSetup.graphName(sides));
            console.log(host.description());
            Map<String, Object> measured = new LinkedHashMap<>();
            measured.put("load_s", Console.seconds(start));
            long running = System.nanoTime();
            int overlap = Math.min(OVERLAP, Math.min(sides.get(0), sides.get(1)) / 4);
            float[][] scores = new TiledImage(
                            graph, form.channels(), form.classes(), sides.get(0), sides.get(1), overlap)
                    .run(picture);
            measured.put("seconds", Console.seconds(running));
            int[] classes = classes(scores);
            Path folder = Path.of(arguments.text(Option.OUTPUT_FOLDER).orElse("out"));
            String stem = file.getFileName().toString().replaceFirst("\\.[^.]*$", "");
            Path mask = folder.resolve(stem + "-mask.png");
            Path overlay = folder.resolve(stem + "-overlay.png");
            boolean force = arguments.on(Option.FORCE);
            Picture.writeMask(classes, Math.max(2, form.classes()), picture.width(), mask, force);
            picture.writeOverlay(classes, overlay, force);
            Map<String, Object> facts = new LinkedHashMap<>();
            facts.put("mask", mask.toString());
            facts.put("overlay", overlay.toString());
            target.ifPresent(t -> {
                Overlap found = Overlap.of(classes, wanted(t, form.classes()));
                facts.put("dice", found.dice());
                facts.put("iou", found.iou());
            });
            return new ImageRun(facts, measured);
        }
    }

    /// The side of a tile for an image that is not told one: its own, rounded up.
    private static int tile(int side, int grain) {
        return (side + grain - 1) / grain * grain;
    }

    private static Picture target(Path file, Picture picture) {
        Picture target = Picture.read(file, 1);
        if (target.width() != picture.width() || target.height() != picture.height()) {
            throw new UserError("%s is %d x %d, but the image is %d x %d. A target has a place for each of the image."
                    .formatted(file, target.width(), target.height(), picture.width(), picture.height()));
        }
        return target;
    }

    /// The class with the highest score at each place; of one class, whether its score is above 0.
    private static int[] classes(float[][] scores) {
        int[] classes = new int[scores[0].length];
        for (int i = 0; i < classes.length; i++) {
            for (int c = 1; c < scores.length; c++) {
                classes[i] = scores[c][i] > scores[classes[i]][i] ? c : classes[i];
            }
            if (scores.length == 1) {
                classes[i] = scores[0][i] > 0 ? 1 : 0;
            }
        }
        return classes;
    }

    /// The classes that a mask's shades stand for, the last one white.
    private static int[] wanted(Picture target, int classes) {
        int[] wanted = new int[target.planes()[0].length];
        for (int i = 0; i < wanted.length; i++) {
            wanted[i] = Math.round(target.planes()[0][i] * (Math.max(2, classes) - 1));
        }
        return wanted;
    }

    @Override
    public void print(PrintStream out) {
        Table.facts(facts, out);
    }

    @Override
    public Map<String, Object> json() {
        Map<String, Object> json = new LinkedHashMap<>(facts);
        json.put("measured", measured);
        return json;
    }
}
