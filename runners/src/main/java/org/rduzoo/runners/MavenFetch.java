package org.rduzoo.runners;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.rduzoo.samba.UserError;

/// Brings an artifact by the user's own Maven, and so from wherever their settings say: mirrors and proxies included.
final class MavenFetch {

    private static final String COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.11.0:copy";
    private static final int SHOWN = 12;

    private MavenFetch() {}

    /// The jar of `artifact`, in `folder`.
    ///
    /// @throws UserError when there is no Maven, or it cannot bring it
    static Path jar(String artifact, Path folder) throws IOException {
        List<String> command = new ArrayList<>(List.of(maven().toString(), "-q", "-B", COPY));
        command.add("-Dartifact=" + artifact);
        command.add("-DoutputDirectory=" + folder);
        Path log = folder.resolve("maven.log");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .redirectInput(ProcessBuilder.Redirect.from(new File(nothing())));
        builder.environment().putIfAbsent("JAVA_HOME", System.getProperty("java.home"));
        try {
            int status = builder.start().waitFor();
            if (status != 0) {
                throw new UserError(
                        "Maven could not bring %s; is there a network? It says:\n%s".formatted(artifact, head(log)));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UserError("fetching " + artifact + " was interrupted.", e);
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(f -> f.toString().endsWith(".jar"))
                    .findFirst()
                    .orElseThrow(() -> new UserError("Maven said that it brought %s, but it is not there. Is %s a"
                                    .formatted(artifact, command.getFirst())
                            + " Maven of 3.8.7 or later?"));
        }
    }

    private static String nothing() {
        return System.getProperty("os.name").startsWith("Windows") ? "NUL" : "/dev/null";
    }

    private static String head(Path log) throws IOException {
        List<String> lines = new String(Files.readAllBytes(log), StandardCharsets.UTF_8)
                .lines()
                .filter(l -> !l.isBlank())
                .limit(SHOWN)
                .toList();
        return String.join("\n", lines);
    }

    private static Path maven() {
        Optional<String> named = Optional.ofNullable(System.getenv("RDU_MVN")).filter(v -> !v.isBlank());
        if (named.isPresent()) {
            return Path.of(named.get());
        }
        Stream<Path> onPath = Stream.of(
                        Optional.ofNullable(System.getenv("PATH")).orElse("").split(File.pathSeparator))
                .filter(f -> !f.isEmpty())
                .map(f -> Path.of(f, "mvn"));
        Stream<Path> homes = Stream.of("MAVEN_HOME", "M2_HOME")
                .flatMap(v -> Optional.ofNullable(System.getenv(v)).stream())
                .map(v -> Path.of(v, "bin", "mvn"));
        return Stream.concat(onPath, homes)
                .filter(Files::isExecutable)
                .findFirst()
                .orElseThrow(
                        () -> new UserError(
                                "The default checkpoint comes by Maven, and no mvn was found on the"
                                        + " PATH.\nInstall Maven, say where it is with RDU_MVN=/path/to/mvn, or give --checkpoint DIR."));
    }
}
