package org.rduzoo.runners;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import java.util.zip.Checksum;
import org.rduzoo.backend.RduCompiler;
import org.rduzoo.backend.host.KeptUnits;
import org.rduzoo.backend.pef.Pef;
import org.rduzoo.ir.Graph;
import org.rduzoo.samba.Config;
import org.rduzoo.samba.Trace;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.Weights;
import org.rduzoo.samba.ZooModel;

/// PEFs by what shapes them: model, configuration, shapes, options, and the compiler itself.
///
/// Beside each lies the text of its key, which says whether it is the one: the name comes from a checksum alone. A
/// digest that nobody can find two texts for would take longer to load than to compute.
final class PefCache {

    /// A jar's end of the directory, in bytes; it begins with a number of its own.
    private static final int END_BYTES = 22;

    private static final int END = 0x06054b50;
    private static final int DIRECTORY_BYTES_AT = 12;
    private static final int DIRECTORY_AT = 16;

    /// What tells the code that a class is in from that of another build.
    private static final Map<Class<?>, String> CODE = new ConcurrentHashMap<>();

    private final Path folder;
    private final Path checked;

    PefCache(Path cache) {
        folder = cache.resolve("pef");
        checked = cache.resolve("checked");
    }

    /// A PEF and where it comes from.
    ///
    /// @param compileSeconds 0 when it was there
    record Cached(Pef pef, Path file, double compileSeconds) {

        /// What earlier runs found out about it.
        KeptUnits units() {
            return KeptUnits.beside(file);
        }
    }

    /// The PEF of one graph: from the cache, or compiled into it.
    Cached get(ZooModel model, Config config, GraphSpec spec, CompileOptions options) {
        return get(model, config, spec, () -> List.of(spec.graph(model, config)), spec.arguments(), options);
    }

    /// The PEF of graphs that `shapes` tells from all others: from the cache, or compiled into it.
    ///
    /// @param arguments what the PEF keeps of the shapes
    Cached get(
            ZooModel model,
            Config config,
            Record shapes,
            Supplier<List<Graph>> graphs,
            Map<String, String> arguments,
            CompileOptions options) {
        String key = key(model, config, shapes + "\n" + options.key());
        Path file = folder.resolve(name(key) + ".pef");
        Path keyFile = folder.resolve(name(key) + ".key");
        if (holds(keyFile, key) && Files.exists(file) && options.dumpIr().isEmpty()) {
            try {
                return new Cached(Pef.readOwn(file), file, 0);
            } catch (UserError e) {
                // A damaged file in a cache is made anew.
                delete(file, e);
            }
        }
        long start = System.nanoTime();
        Pef pef = options.compile(model.name(), config, graphs.get(), arguments);
        pef.write(file, true);
        Cached cached = new Cached(pef, file, Console.seconds(start));
        try {
            cached.units().clear();
            keep(keyFile, key);
        } catch (IOException _) {
            // Without a key nobody takes what is there.
        }
        return cached;
    }

    private static void delete(Path file, UserError cause) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException _) {
            throw cause;
        }
    }

    /// Checks weights against a model by `check`, unless weights of these names and shapes once passed it.
    void check(ZooModel model, Config config, Weights weights, Runnable check) {
        String key = key(model, config, shapes(weights));
        Path passed = checked.resolve(name(key) + ".key");
        if (!holds(passed, key)) {
            check.run();
            keep(passed, key);
        }
    }

    private static boolean holds(Path file, String key) {
        try {
            return Files.exists(file) && Files.readString(file).equals(key);
        } catch (IOException _) {
            return false;
        }
    }

    private static void keep(Path file, String key) {
        try {
            Files.createDirectories(Objects.requireNonNull(file.getParent()));
            Files.writeString(file, key);
        } catch (IOException _) {
            // Then it is found out again next time.
        }
    }

    private static String shapes(Weights weights) {
        CRC32C names = new CRC32C();
        List<String> all = weights.names();
        for (String name : all) {
            String shape =
                    weights.find(name).map(w -> w.type().shape().toString()).orElse("");
            add(name + shape + "\n", names);
        }
        return all.size() + " weights, " + names.getValue();
    }

    private static String name(String key) {
        CRC32C checksum = new CRC32C();
        add(key, checksum);
        return hex(checksum.getValue()) + hex(Integer.toUnsignedLong(key.hashCode()));
    }

    private static String hex(long word) {
        return Long.toHexString(1L << 32 | word).substring(1);
    }

    private static void add(String text, Checksum checksum) {
        checksum.update(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String key(ZooModel model, Config config, String more) {
        StringBuilder key = new StringBuilder();
        key.append(model.name())
                .append('\n')
                .append(config.canonicalJson())
                .append('\n')
                .append(more)
                .append('\n');
        for (Class<?> part : List.of(Graph.class, Trace.class, RduCompiler.class, model.getClass())) {
            key.append(CODE.computeIfAbsent(part, PefCache::code));
        }
        return key.toString();
    }

    /// A line for the code that a class is in: another build may compile otherwise.
    private static String code(Class<?> type) {
        try {
            CodeSource source = type.getProtectionDomain().getCodeSource();
            return source == null ? "" : checksum(source) + "\n";
        } catch (IOException | URISyntaxException e) {
            throw new UncheckedIOException(new IOException(e));
        }
    }

    private static long checksum(CodeSource source) throws IOException, URISyntaxException {
        Path place = Path.of(source.getLocation().toURI());
        CRC32C checksum = new CRC32C();
        if (Files.isRegularFile(place)) {
            addDirectory(place, checksum);
        } else {
            List<Path> classes;
            try (Stream<Path> all = Files.walk(place)) {
                classes = all.filter(Files::isRegularFile).sorted().toList();
            }
            for (Path file : classes) {
                checksum.update(Files.readAllBytes(file));
            }
        }
        return checksum.getValue();
    }

    /// Adds a jar's directory, which has names and checksums of its files and is much less to read than they are.
    private static void addDirectory(Path jar, Checksum checksum) throws IOException {
        try (FileChannel file = FileChannel.open(jar)) {
            ByteBuffer end = ByteBuffer.allocate(END_BYTES).order(ByteOrder.LITTLE_ENDIAN);
            file.read(end, file.size() - END_BYTES);
            if (end.getInt(0) != END) {
                // One that ends with a comment is no jar of this build's.
                checksum.update(Files.readAllBytes(jar));
                return;
            }
            ByteBuffer directory = ByteBuffer.allocate(end.getInt(DIRECTORY_BYTES_AT));
            file.read(directory, Integer.toUnsignedLong(end.getInt(DIRECTORY_AT)));
            checksum.update(directory.flip());
        }
    }
}
