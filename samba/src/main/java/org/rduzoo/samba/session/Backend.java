package org.rduzoo.samba.session;

import java.nio.file.Path;
import java.util.Map;
import java.util.ServiceLoader;
import org.rduzoo.ir.Graph;
import org.rduzoo.samba.Weights;

/// What makes PEFs of graphs and runs them. A session finds the one that is on the class path.
public interface Backend {

    /// The backend of this program.
    static Backend find() {
        return ServiceLoader.load(Backend.class)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("no backend is on the class path: add rdu-backend"));
    }

    /// What to compile.
    ///
    /// @param app the program's name
    /// @param graph as it was traced
    /// @param arguments what shapes the PEF, by option without hyphens: the compiler's own, as in `arch`, and the
    ///     program's, which a run must agree with
    record Request(String app, Graph graph, Map<String, String> arguments) {

        public Request {
            arguments = Map.copyOf(arguments);
        }
    }

    /// What was compiled.
    ///
    /// @param predictedSeconds of a micro-batch on the chip
    record Compiled(Path pef, long bytes, int sections, double predictedSeconds) {

        @Override
        public String toString() {
            return "PEF file %s created: %d bytes, %d sections; a run takes %.3g s on the chip, predicted"
                    .formatted(pef, bytes, sections, predictedSeconds);
        }
    }

    /// Compiles a graph to a PEF.
    ///
    /// @param force whether to replace a file that is no PEF
    /// @throws org.rduzoo.samba.UserError when an argument is of no use, or the file cannot be written
    Compiled compile(Request request, Path pef, boolean force);

    /// The arguments that a PEF was compiled with.
    ///
    /// @param command that needs it, as in `run`
    /// @param given arguments that it must have been compiled with
    /// @throws org.rduzoo.samba.UserError when there is no PEF, or it is damaged, another program's, or was compiled
    /// with
    ///     other arguments
    Map<String, String> arguments(String app, Path pef, String command, Map<String, String> given);

    /// Makes a PEF ready to run.
    ///
    /// @param traced the graph as it is traced now, which must be what the PEF was compiled from
    /// @param weights must stay open until the result is closed
    /// @param host what the machine is to run it with: `threads`, `host-isa`
    /// @throws org.rduzoo.samba.UserError when the PEF was compiled from another graph, or weights do not fit
    Executable load(String app, Path pef, Graph traced, Weights weights, Map<String, String> host);
}
