package org.rduzoo.runners;

import java.io.IOException;
import java.io.PrintStream;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.stream.Stream;
import org.rduzoo.backend.host.HostGraph;
import org.rduzoo.backend.host.HostModel;
import org.rduzoo.backend.pef.Pef;
import org.rduzoo.checkpoint.Checkpoint;
import org.rduzoo.checkpoint.safetensors.SafetensorsFile;
import org.rduzoo.checkpoint.safetensors.SafetensorsWriter;
import org.rduzoo.ir.Type;
import org.rduzoo.runners.image.ImageFiles;
import org.rduzoo.runners.image.Mask;
import org.rduzoo.runners.image.Nifti;
import org.rduzoo.runners.image.Overlap;
import org.rduzoo.runners.image.Picture;
import org.rduzoo.runners.image.Tiles;
import org.rduzoo.samba.ImageForm;
import org.rduzoo.samba.ImageModel;
import org.rduzoo.samba.UsageError;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.Weights.Weight;

/// Images through a model: masks and overlays as files; or tensors of a file, and what comes out into another.
///
/// @param outputs a row an image: what was written, how many places each class has, how well it agrees with a target
record ImageRun(List<SequencedMap<String, Object>> outputs, Map<String, Object> measured) implements Result {

    /// The largest side of a tile that is not asked for, of an image and of a volume.
    private static final int LARGEST = 1024;

    private static final int LARGEST_OF_VOLUME = 128;

    static Result run(ImageModel model, Arguments arguments, Console console) {
        boolean tensors = arguments.has(Option.INPUTS) && arguments.has(Option.OUTPUTS);
        if (tensors == arguments.has(Option.INPUT)) {
            throw new UsageError(
                    "give run either images, --input FILE or a folder, or tensors, --inputs FILE and --outputs FILE.");
        }
        try (ImageSetup setup = ImageSetup.open(model, arguments, console)) {
            Checkpoint checkpoint = setup.requireCheckpoint();
            return tensors ? tensors(setup, checkpoint, arguments) : pictures(setup, checkpoint, arguments, console);
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
            List<Integer> sides = ImageTensors.sides(setup.form(), file);
            Type type = ImageTensors.image(file).type();
            Pef pef = setup.pef(arguments, CompileOptions.of(arguments), type.dim(0), sides);
            try (HostModel host = HostModel.load(pef, checkpoint.weights(), Feed.host(arguments))) {
                HostGraph graph = host.graph(ImageSetup.graphName(sides));
                Type expected =
                        graph.graph().input("image").orElseThrow().value().type();
                if (!expected.shape().equals(type.shape())) {
                    throw new UserError("%s: \"image\" has shape %s, but this PEF was compiled for %s."
                            .formatted(in, type.shape(), expected.shape()));
                }
                graph.input("image")
                        .copyFrom(ImageTensors.tensor(file, "image", expected).segment());
                Map<String, Object> measured = new LinkedHashMap<>();
                measured.put("load_s", Console.seconds(start));
                long running = System.nanoTime();
                graph.run();
                measured.put("seconds", Console.seconds(running));
                measured.put("memory_bytes", host.memoryBytes());
                MemorySegment logits = graph.output("logits");
                Type result =
                        graph.graph().output("logits").orElseThrow().value().type();
                SafetensorsWriter.write(
                        out,
                        List.of(new Weight("logits", result, "", () -> logits)),
                        Map.of(),
                        arguments.on(Option.FORCE));
                return new ImageRun(
                        List.of(TableResult.row("file", out.toString(), "logits", result.toString())), measured);
            }
        }
    }

    private static Result pictures(ImageSetup setup, Checkpoint checkpoint, Arguments arguments, Console console) {
        Path input = arguments.path(Option.INPUT).orElseThrow();
        List<Path> files = files(input);
        Optional<Path> target = arguments.path(Option.TARGET);
        if (target.isPresent() && Files.isDirectory(input)) {
            throw new UsageError("--target is the mask of one image, but --input is a folder.");
        }
        CompileOptions options = CompileOptions.of(arguments);
        int batch = arguments.positive(Option.BATCH_SIZE).orElse(1);
        Map<List<Integer>, HostModel> hosts = new LinkedHashMap<>();
        Map<String, Object> measured = new LinkedHashMap<>(Map.of("load_s", 0.0, "seconds", 0.0));
        try {
            List<SequencedMap<String, Object>> outputs = new ArrayList<>();
            for (Path file : files) {
                Picture picture = Picture.read(file, setup.form());
                List<Integer> sides = setup.sides(arguments, Optional.of(tile(picture, setup.form())));
                long start = System.nanoTime();
                HostModel host = hosts.computeIfAbsent(sides, s -> {
                    Pef pef = setup.pef(arguments, options, batch, s);
                    return HostModel.load(pef, checkpoint.weights(), Feed.host(arguments));
                });
                HostGraph graph = host.graph(ImageSetup.graphName(sides));
                measured.merge("load_s", Console.seconds(start), ImageRun::sum);
                if (outputs.isEmpty()) {
                    console.log(host.description());
                }
                long running = System.nanoTime();
                int[] classes = classes(graph, sides, batch, picture, setup.form());
                measured.merge("seconds", Console.seconds(running), ImageRun::sum);
                outputs.add(
                        written(file, new Mask(picture.sides(), classes), picture, target, setup.form(), arguments));
            }
            measured.put(
                    "memory_bytes",
                    hosts.values().stream().mapToLong(HostModel::memoryBytes).sum());
            return new ImageRun(outputs, measured);
        } finally {
            hosts.values().forEach(HostModel::close);
        }
    }

    private static Object sum(Object a, Object b) {
        return (Double) a + (Double) b;
    }

    /// The images of a folder, or the one that is named.
    private static List<Path> files(Path input) {
        if (!Files.isDirectory(input)) {
            return List.of(input);
        }
        try (Stream<Path> all = Files.list(input)) {
            List<Path> files = all.filter(ImageFiles::isName).sorted().toList();
            if (files.isEmpty()) {
                throw new UserError("%s holds no images. %s".formatted(input, ImageFiles.KINDS));
            }
            return files;
        } catch (IOException e) {
            throw new UserError("%s cannot be listed: %s".formatted(input, e.getMessage()), e);
        }
    }

    /// The sides of a tile for a picture that is not told any: its own, rounded up, but for those that are too large.
    private static List<Integer> tile(Picture picture, ImageForm form) {
        int most = form.dimensions() == 2 ? LARGEST : LARGEST_OF_VOLUME;
        return picture.sides().stream()
                .map(s -> Math.ceilDiv(Math.min(s, Math.max(most, form.grain())), form.grain()) * form.grain())
                .toList();
    }

    private static int[] classes(HostGraph graph, List<Integer> sides, int batch, Picture picture, ImageForm form) {
        Tiles tiles = Tiles.of(sides);
        Tiles.Scores scores = tiles.new Scores(picture.sides(), form.classes());
        List<int[]> starts = tiles.starts(picture.sides());
        long in = graph.input("image").byteSize() / Float.BYTES / batch;
        long out = graph.output("logits").byteSize() / Float.BYTES / batch;
        for (int first = 0; first < starts.size(); first += batch) {
            int count = Math.min(batch, starts.size() - first);
            for (int i = 0; i < count; i++) {
                picture.copy(tiles.places(picture.sides(), starts.get(first + i)), graph.input("image"), i * in);
            }
            graph.run();
            for (int i = 0; i < count; i++) {
                scores.add(starts.get(first + i), graph.output("logits"), i * out);
            }
        }
        return scores.classes();
    }

    private static SequencedMap<String, Object> written(
            Path file, Mask mask, Picture picture, Optional<Path> target, ImageForm form, Arguments arguments) {
        Path folder = Path.of(arguments.text(Option.OUTPUT).orElse("out"));
        boolean force = arguments.on(Option.FORCE);
        String stem = ImageFiles.stem(file);
        SequencedMap<String, Object> row = TableResult.row("input", file.toString());
        if (form.dimensions() == 3) {
            Path written = folder.resolve(stem + "-mask" + (file.toString().endsWith(".nii") ? ".nii" : ".nii.gz"));
            Nifti.write(mask, Nifti.headerFor(file, form, mask), written, force);
            row.put("mask", written.toString());
        } else {
            Path written = folder.resolve(stem + "-mask.png");
            Path overlay = folder.resolve(stem + "-overlay.png");
            mask.write(Mask.classes(form), written, force);
            picture.writeOverlay(mask.classes(), overlay, force);
            row.put("mask", written.toString());
            row.put("overlay", overlay.toString());
        }
        long[] counts = new long[Mask.classes(form)];
        for (int c : mask.classes()) {
            counts[c]++;
        }
        row.put("pixels_by_class", Arrays.stream(counts).boxed().toList());
        target.ifPresent(t -> {
            Mask wanted = Mask.read(t, form).requireSizeOf(picture, t);
            Overlap overlap = new Overlap(Mask.classes(form)).add(mask.classes(), wanted.classes());
            row.put("dice", overlap.dice());
            row.put("iou", overlap.iou());
        });
        return row;
    }

    @Override
    public void print(PrintStream out) {
        for (SequencedMap<String, Object> row : outputs) {
            Map<String, Object> shown = new LinkedHashMap<>(row);
            shown.remove("input");
            shown.remove("pixels_by_class");
            Table.facts(shown, out);
        }
    }

    @Override
    public Map<String, Object> json() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("outputs", outputs);
        json.put("measured", measured);
        return json;
    }
}
