package org.rduzoo.backend;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.rduzoo.backend.host.HostOptions;
import org.rduzoo.backend.host.machine.HostIsa;
import org.rduzoo.backend.pef.Pef;
import org.rduzoo.ir.Graph;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.Weights;
import org.rduzoo.samba.session.Backend;
import org.rduzoo.samba.session.Executable;

/// Compiles and runs what a session is given: a PEF of one graph.
public final class RduBackend implements Backend {

    @Override
    public Compiled compile(Request request, Path file, boolean force) {
        CompileSettings settings = CompileSettings.of(request.arguments());
        Map<String, String> arguments = new TreeMap<>(request.arguments());
        arguments.remove("dump-ir");
        arguments.put("arch", settings.deployment().arch().key());
        arguments.put("num-tiles", Integer.toString(settings.deployment().tiles()));
        arguments.put(settings.level().text(), "true");
        arguments.putIfAbsent("precision", "bf16");
        Pef pef = RduCompiler.compile(new CompileRequest(
                request.app(),
                List.of(request.graph()),
                settings.deployment().arch(),
                settings.deployment().tiles(),
                settings.level(),
                settings.precision(),
                arguments,
                "",
                settings.dumpIr()));
        pef.write(file, force);
        return new Compiled(
                file,
                pef.toBytes().length,
                pef.entries().getFirst().plan().sections().size(),
                LoadedPef.predictedSeconds(pef, 1));
    }

    @Override
    public Map<String, String> arguments(String app, Path file, String command, Map<String, String> given) {
        Pef pef = read(app, file);
        pef.requireArguments(command, given);
        return pef.compilation().arguments();
    }

    private static Pef read(String app, Path file) {
        if (!file.toFile().exists()) {
            throw new UserError(
                    "there is no PEF %s.\nCompile one first: %s compile … -p %s".formatted(file, app, file));
        }
        Pef pef = Pef.read(file);
        if (!pef.compilation().model().equals(app)
                || !pef.compilation().config().isEmpty()
                || pef.entries().size() != 1) {
            throw new UserError(
                    "the PEF %s was compiled from %s, not by %s.\nName another with -p, or compile: %s compile …"
                            .formatted(file, pef.compilation().model(), app, app));
        }
        return pef;
    }

    @Override
    public Executable load(String app, Path file, Graph traced, Weights weights, Map<String, String> host) {
        Pef pef = read(app, file);
        requireSame(app, file, pef, traced);
        HostIsa isa =
                Optional.ofNullable(host.get("host-isa")).map(HostIsa::parse).orElseGet(HostIsa::detect);
        int threads = Optional.ofNullable(host.get("threads"))
                .map(Integer::parseInt)
                .orElse(Runtime.getRuntime().availableProcessors());
        return LoadedPef.of(pef, weights, new HostOptions(isa, threads));
    }

    private static void requireSame(String app, Path file, Pef pef, Graph traced) {
        Graph now = RduCompiler.rewritten(
                traced,
                RduCompiler.precision(
                        List.of(traced),
                        CompileSettings.precision(pef.compilation().arguments())),
                new Dump(Optional.empty(), traced.name()));
        List<String> then = pef.entries().getFirst().graph().toString().lines().toList();
        List<String> lines = now.toString().lines().toList();
        for (int i = 0; i < Math.max(then.size(), lines.size()); i++) {
            String compiled = i < then.size() ? then.get(i).strip() : "nothing";
            String found = i < lines.size() ? lines.get(i).strip() : "nothing";
            if (!compiled.equals(found)) {
                throw new UserError(
                        "%s was compiled from another model, for other shapes or with another optimizer: where it has\n  %s\nthere is now\n  %s\nCompile it again: %s compile …"
                                .formatted(file, compiled, found, app));
            }
        }
    }
}
