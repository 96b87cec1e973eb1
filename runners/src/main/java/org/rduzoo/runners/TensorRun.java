package org.rduzoo.runners;

import java.io.PrintStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.rduzoo.backend.host.HostGraph;
import org.rduzoo.backend.host.HostModel;
import org.rduzoo.backend.host.KeptUnits;
import org.rduzoo.backend.pef.Pef;
import org.rduzoo.checkpoint.Checkpoint;
import org.rduzoo.checkpoint.safetensors.SafetensorsFile;
import org.rduzoo.checkpoint.safetensors.SafetensorsWriter;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.Type;
import org.rduzoo.samba.Config;
import org.rduzoo.samba.UsageError;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.Weights.Weight;
import org.rduzoo.samba.ZooModel;

/// Tensors of a file through a model, and what comes out into another file.
///
/// @param outputs name and type of each tensor that was written
record TensorRun(Path file, Map<String, String> outputs, Map<String, Object> measured) implements Result {

    static Result run(ZooModel model, Arguments arguments, Console console) {
        Path in = required(arguments, Option.INPUTS);
        Path out = required(arguments, Option.OUTPUTS);
        if (Files.exists(out) && !arguments.on(Option.FORCE)) {
            throw new UserError("%s exists. Choose another name, or replace it with --force.".formatted(out));
        }
        CompileOptions options = CompileOptions.of(arguments);
        long start = System.nanoTime();
        Optional<Pef> given = arguments.path(Option.PEF).map(Pef::read);
        given.ifPresent(pef -> GivenPef.require(pef, "run", model, options));
        ModelSource source = ModelSource.of(model, arguments, console);
        try (SafetensorsFile inputs = SafetensorsFile.open(in);
                Checkpoint checkpoint = source.open(options.precision().dtype())) {
            Config config = source.config(checkpoint, given.map(GivenPef::set).orElse(ModelSource.set(arguments)));
            given.ifPresent(pef -> GivenPef.requireConfig(pef, config));
            TensorModel checked = TensorModel.checked(model, config, checkpoint.weights());
            TensorInputs tensors = TensorInputs.of(inputs, checked, config);
            GraphSpec spec = tensors.spec(arguments, given);
            double compileSeconds = 0;
            Pef pef;
            KeptUnits units = KeptUnits.nowhere();
            String name;
            if (given.isPresent()) {
                pef = given.get();
                name = GivenPef.exactly(pef, spec);
            } else {
                PefCache.Cached cached = new PefCache(CacheFolder.ofEnvironment()).get(model, config, spec, options);
                pef = cached.pef();
                units = cached.units();
                name = spec.name();
                compileSeconds = cached.compileSeconds();
            }
            try (HostModel host = HostModel.load(pef, checkpoint.weights(), Feed.host(arguments), units);
                    Arena arena = Arena.ofConfined()) {
                HostGraph graph = host.graph(name);
                double loaded = Console.seconds(start) - compileSeconds;
                GatheredOutputs outputs = new GatheredOutputs(graph, spec.batching(), arena);
                long running = System.nanoTime();
                for (int first = 0;
                        first < tensors.batch();
                        first += spec.batching().step()) {
                    TensorInputs part = tensors.texts(first, spec.batching().step());
                    part.fill(graph);
                    graph.run();
                    outputs.add(first, tensors.share(part));
                }
                Map<String, Object> measured = new LinkedHashMap<>();
                measured.put("load_s", loaded);
                measured.put("compile_s", compileSeconds);
                measured.put("seconds", Console.seconds(running));
                measured.put("memory_bytes", host.memoryBytes());
                return write(graph.graph(), outputs, out, arguments.on(Option.FORCE), measured);
            }
        }
    }

    private static TensorRun write(
            Graph graph, GatheredOutputs outputs, Path out, boolean force, Map<String, Object> measured) {
        List<Weight> written = new ArrayList<>();
        Map<String, String> types = new LinkedHashMap<>();
        for (Graph.Output output : graph.outputs()) {
            MemorySegment data = outputs.data(output);
            Type type = outputs.type(output);
            written.add(new Weight(output.name(), type, "", () -> data));
            types.put(output.name(), shown(type, data));
        }
        SafetensorsWriter.write(out, written, Map.of(), force);
        return new TensorRun(out, types, measured);
    }

    private static String shown(Type type, MemorySegment data) {
        return type.rank() == 0 ? type + " " + data.get(ValueLayout.JAVA_FLOAT_UNALIGNED, 0) : type.toString();
    }

    private static Path required(Arguments arguments, Option option) {
        return arguments
                .path(option)
                .orElseThrow(() ->
                        new UsageError("%s is missing: --inputs names the file to read, --outputs the one to write."
                                .formatted(option.text())));
    }

    @Override
    public void print(PrintStream out) {
        out.println(file);
        Map<String, String> rows = new LinkedHashMap<>();
        outputs.forEach((name, type) -> rows.put("  " + name, type));
        Table.facts(rows, out);
    }

    @Override
    public Map<String, Object> json() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("file", file.toString());
        json.put("outputs", outputs);
        json.put("measured", measured);
        return json;
    }
}
