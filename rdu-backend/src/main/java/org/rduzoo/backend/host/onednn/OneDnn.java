package org.rduzoo.backend.host.onednn;

import java.io.File;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Path;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.rduzoo.backend.host.machine.HostIsa;

/// The library oneDNN in this process: loaded at most once, never unloaded, and single-threaded, since our own team
/// of threads calls it.
///
/// The instruction set that it may use is settled by the first [#load]: what comes later uses the same.
public final class OneDnn {

    private static @Nullable Loading loading;

    private final MemorySegment engine;
    private final MemorySegment stream;

    private OneDnn(MemorySegment engine) {
        this.engine = engine;
        this.stream = Functions.stream(engine);
    }

    /// How loading ended.
    private record Loading(
            @Nullable SymbolLookup symbols, @Nullable OneDnn library) {}

    /// The library, limited to what `isa` has; or nothing where `isa` is [HostIsa#JAVA], or where this platform or
    /// class path has no such library, which the log then says once.
    public static synchronized Optional<OneDnn> load(HostIsa isa) {
        if (isa == HostIsa.JAVA) {
            return Optional.empty();
        }
        Loading done = loading;
        if (done == null) {
            done = attempt(isa);
        }
        return Optional.ofNullable(done.library);
    }

    private static Loading attempt(HostIsa isa) {
        try {
            NativeBundle bundle =
                    NativeBundle.here().orElseThrow(() -> new IOException("there is none for this platform"));
            setEnvironment(Map.of("OMP_NUM_THREADS", "1", "OMP_WAIT_POLICY", "passive"));
            SymbolLookup symbols = open(bundle);
            loading = new Loading(symbols, null);
            limit(isa);
            loading = new Loading(symbols, new OneDnn(Functions.engine()));
        } catch (IOException | IllegalArgumentException | IllegalStateException | NoSuchElementException e) {
            loading = new Loading(null, null);
            // The logger is made only here: it would add to every start.
            System.getLogger(OneDnn.class.getName())
                    .log(
                            System.Logger.Level.WARNING,
                            "matrix products run in Java, slower, without the native library oneDNN: {0}",
                            e.getMessage());
        }
        return Objects.requireNonNull(loading);
    }

    MemorySegment engine() {
        return engine;
    }

    /// Where primitives run. A stream of a processor keeps nothing: they run on the thread that calls, so one serves
    /// all.
    MemorySegment stream() {
        return stream;
    }

    /// The loaded library's symbols.
    static synchronized SymbolLookup library() {
        Loading done = Objects.requireNonNull(loading, "the library is not loaded yet");
        return Objects.requireNonNull(done.symbols, "the library could not be loaded");
    }

    @SuppressWarnings("restricted")
    private static SymbolLookup open(NativeBundle bundle) throws IOException {
        SymbolLookup symbols = null;
        for (Path file : bundle.unpack(CacheFolder.ofUser())) {
            symbols = SymbolLookup.libraryLookup(file, Arena.global());
        }
        return Objects.requireNonNull(symbols, "a bundle has at least one file");
    }

    /// Sets variables of the process's own environment, which the library's threading reads when it is loaded.
    @SuppressWarnings("restricted")
    private static void setEnvironment(Map<String, String> variables) {
        boolean windows = File.separatorChar == '\\';
        try (Arena arena = Arena.ofConfined()) {
            // Both take a name and a value; setenv also whether to replace what there is.
            MemorySegment set = windows
                    ? SymbolLookup.libraryLookup("ucrtbase", arena).findOrThrow("_putenv_s")
                    : Linker.nativeLinker().defaultLookup().findOrThrow("setenv");
            for (Map.Entry<String, String> variable : variables.entrySet()) {
                MemorySegment name = arena.allocateFrom(variable.getKey());
                MemorySegment value = arena.allocateFrom(variable.getValue());
                if ((int) LongCall.call(set, name.address(), value.address(), 1) != 0) {
                    throw new IllegalStateException("the environment does not take " + variable);
                }
            }
        }
    }

    /// Holds the library to `isa`, where that is less than the processor has.
    private static void limit(HostIsa isa) {
        if (isa == HostIsa.detect()) {
            return;
        }
        Functions.limitIsa(
                switch (isa) {
                    case AMX -> 0xfef;
                    case AVX512 -> isa.hasBf16Products() ? 0xe7 : 0x27;
                    case AVX2 -> 0x7;
                    case JAVA -> throw new IllegalArgumentException("no library runs as " + isa);
                });
    }
}
