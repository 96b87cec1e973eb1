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
import java.security.MessageDigest;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.rduzoo.backend.RduCompiler;
import org.rduzoo.backend.pef.Pef;
import org.rduzoo.ir.Graph;
import org.rduzoo.samba.Config;
import org.rduzoo.samba.Trace;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.Weights;
import org.rduzoo.samba.ZooModel;

/// PEFs by what shapes them: model, configuration, shapes, options, and the compiler itself.
final class PefCache {

    /// A jar's end of the directory, in bytes; it begins with a number of its own.
    private static final int END_BYTES = 22;

    private static final int END = 0x06054b50;
    private static final int DIRECTORY_BYTES_AT = 12;
    private static final int DIRECTORY_AT = 16;

    private final Path folder;
    private final Path checked;

    PefCache(Path cache) {
        folder = cache.resolve("pef");
        checked = cache.resolve("checked");
    }

    /// A PEF and where it comes from.
    ///
    /// @param compileSeconds 0 when it was there
    record Cached(Pef pef, Path file, double compileSeconds) {}

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
        Path file = folder.resolve(key(model, config, shapes, options) + ".pef");
        if (Files.exists(file) && options.dumpIr().isEmpty()) {
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
        return new Cached(pef, file, Console.seconds(start));
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
        Path passed = checked.resolve(key(model, config, shapes(weights)));
        if (Files.exists(passed)) {
            return;
        }
        check.run();
        try {
            Files.createDirectories(checked);
            Files.write(passed, new byte[0]);
        } catch (IOException _) {
            // Then they are checked again next time.
        }
    }

    private static String shapes(Weights weights) {
        CRC32C names = new CRC32C();
        List<String> all = weights.names();
        for (String name : all) {
            String shape =
                    weights.find(name).map(w -> w.type().shape().toString()).orElse("");
            names.update((name + shape + "\n").getBytes(StandardCharsets.UTF_8));
        }
        return all.size() + " weights, " + names.getValue();
    }

    private static String key(ZooModel model, Config config, Record shapes, CompileOptions options) {
        return key(model, config, shapes + "\n" + options.key());
    }

    private static String key(ZooModel model, Config config, String more) {
        MessageDigest digest = Hashes.sha256();
        String text = String.join("\n", model.name(), config.canonicalJson(), more);
        digest.update(text.getBytes(StandardCharsets.UTF_8));
        try {
            for (Class<?> part : List.of(Graph.class, Trace.class, RduCompiler.class, model.getClass())) {
                addCode(part, digest);
            }
        } catch (IOException | URISyntaxException e) {
            throw new UncheckedIOException(new IOException(e));
        }
        return Hashes.hex(digest);
    }

    /// Adds the code that a class is in: another build may compile otherwise.
    private static void addCode(Class<?> type, MessageDigest digest) throws IOException, URISyntaxException {
        CodeSource source = type.getProtectionDomain().getCodeSource();
        if (source == null) {
            return;
        }
        Path place = Path.of(source.getLocation().toURI());
        if (Files.isRegularFile(place)) {
            addDirectory(place, digest);
            return;
        }
        List<Path> classes;
        try (Stream<Path> all = Files.walk(place)) {
            classes = all.filter(Files::isRegularFile).sorted().toList();
        }
        for (Path file : classes) {
            Hashes.add(file, digest);
        }
    }

    /// Adds the checksum of a jar's directory, which has names and checksums of its files and is much less to read than
    /// they are.
    private static void addDirectory(Path jar, MessageDigest digest) throws IOException {
        try (FileChannel file = FileChannel.open(jar)) {
            ByteBuffer end = ByteBuffer.allocate(END_BYTES).order(ByteOrder.LITTLE_ENDIAN);
            file.read(end, file.size() - END_BYTES);
            if (end.getInt(0) != END) {
                // One that ends with a comment is no jar of this build's.
                Hashes.add(jar, digest);
                return;
            }
            ByteBuffer directory = ByteBuffer.allocate(end.getInt(DIRECTORY_BYTES_AT));
            file.read(directory, Integer.toUnsignedLong(end.getInt(DIRECTORY_AT)));
            CRC32C checksum = new CRC32C();
            checksum.update(directory.flip());
            digest.update(ByteBuffer.allocate(2 * Long.BYTES)
                    .putLong(file.size())
                    .putLong(checksum.getValue())
                    .flip());
        }
    }
}
