package org.rduzoo.backend.host.onednn;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/// oneDNN 3.13's library files for one platform, as the class path brings them, and the folder that they are unpacked
/// into, once.
///
/// @param platform the platform's name in the artifact
/// @param files the libraries: those that others need before those that need them
record NativeBundle(String platform, List<Library> files) {

    /// A file of known content.
    record Library(String name, long bytes, String sha256) {}

    private static final List<NativeBundle> ALL = List.of(
            new NativeBundle(
                    "linux-x86_64",
                    List.of(
                            new Library(
                                    "libgomp.so.1",
                                    298_776,
                                    "d46f9225c1883039e8a6853e6d96ca1af11d034ce186a090952e4a7c8a7c2fdc"),
                            new Library(
                                    "libdnnl.so.3",
                                    92_850_136,
                                    "3610657c35381b06694034b677cf73f28086495aba51ecf0cfb5b6511652a443"))),
            new NativeBundle(
                    "macosx-x86_64",
                    List.of(
                            new Library(
                                    "libiomp5.dylib",
                                    711_936,
                                    "9e1d056bd73359a2134f2a5b9fee589c101dc4692f2baca0ef846e097e497732"),
                            new Library(
                                    "libdnnl.3.dylib",
                                    65_410_400,
                                    "461a4d7e48a6b867603aa65b17fa50b2b539f8093a9234bde04d9253dbb61f0a"))),
            new NativeBundle(
                    "windows-x86_64",
                    List.of(new Library(
                            "dnnl.dll",
                            49_200_640,
                            "16e4301399559512c76627b1a5c3701c61be3f3dc7db039b7612385c2d563248"))));

    /// The bundle for this machine, if there is one.
    static Optional<NativeBundle> here() {
        String os = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
        String arch = System.getProperty("os.arch", "");
        String system = os.contains("linux") ? "linux" : os.contains("mac") ? "macosx" : "windows";
        String platform = system + (arch.equals("amd64") ? "-x86_64" : "-" + arch);
        return ALL.stream().filter(b -> b.platform.equals(platform)).findFirst();
    }

    /// The files as paths in `cache`, unpacked there if they are not yet.
    ///
    /// The folder is named after the content. It appears whole or not at all, so several processes may do this at
    /// once.
    ///
    /// @throws IOException if the class path lacks a file, or has another content, or the cache cannot be written
    List<Path> unpack(Path cache) throws IOException {
        Path folder = cache.resolve("native")
                .resolve("onednn-" + files.getLast().sha256.substring(0, 16));
        if (!isComplete(folder)) {
            Files.createDirectories(folder.getParent());
            Path fresh = Files.createTempDirectory(folder.getParent(), "unpacking-");
            try {
                for (Library library : files) {
                    copy(library, fresh.resolve(library.name));
                }
                moveInto(folder, fresh);
            } finally {
                delete(fresh);
            }
        }
        return files.stream().map(f -> folder.resolve(f.name)).toList();
    }

    private boolean isComplete(Path folder) throws IOException {
        for (Library library : files) {
            Path file = folder.resolve(library.name);
            if (!Files.isRegularFile(file) || Files.size(file) != library.bytes) {
                return false;
            }
        }
        return true;
    }

    private void copy(Library library, Path target) throws IOException {
        String resource = "/org/bytedeco/dnnl/" + platform + "/" + library.name;
        MessageDigest sha256 = sha256();
        try (InputStream in = NativeBundle.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IOException("the class path has no " + resource);
            }
            try (OutputStream out = Files.newOutputStream(target)) {
                new DigestInputStream(in, sha256).transferTo(out);
            }
        }
        String found = HexFormat.of().formatHex(sha256.digest());
        if (!found.equals(library.sha256)) {
            throw new IOException("%s has the SHA-256 %s, but %s is expected: it is another version or damaged"
                    .formatted(resource, found, library.sha256));
        }
    }

    /// Puts `fresh` in the place of `folder`, unless another process was faster; a damaged `folder` gives way.
    private void moveInto(Path folder, Path fresh) throws IOException {
        if (Files.exists(folder) && !isComplete(folder)) {
            delete(folder);
        }
        try {
            Files.move(fresh, folder, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            if (!isComplete(folder)) {
                throw e;
            }
        }
    }

    private static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> inside = Files.list(folder)) {
            for (Path file : inside.toList()) {
                Files.deleteIfExists(file);
            }
        }
        Files.deleteIfExists(folder);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java runtime has SHA-256", e);
        }
    }
}
