package org.rduzoo.dist;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The launcher `./rdu` in a small tree, with scripts in place of Maven and the JDK that write down how they are
/// called.
@DisabledOnOs(OS.WINDOWS)
class LauncherTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    private Path root = Path.of("");
    private Path jdk = Path.of("");
    private Path maven = Path.of("");

    /// What a command wrote and how it ended.
    private record Outcome(int status, String out, String err) {}

    @BeforeEach
    void aTreeWithAJdkAndMaven() throws IOException {
        Path real = Repository.here().root();
        root = folder.toRealPath().resolve("the zoo");
        for (String file : List.of("rdu", "bin/find-jdk.sh", "zoo/bert/run")) {
            Path copy = root.resolve(file);
            Files.createDirectories(copy.getParent());
            Files.copy(real.resolve(file), copy);
        }
        Files.writeString(root.resolve("pom.xml"), "<project/>");
        Files.createDirectories(root.resolve("ir/src/main/java"));

        jdk = jdk("25.0.3");
        maven = script(folder.resolve("mvn"), """
                echo build >> "%s"
                for argument in "$@"; do
                    case $argument in
                        -Drdu.lib=*) lib=${argument#-Drdu.lib=}; : > "$lib/a.jar"; : > "$lib/zoo-b.jar" ;;
                    esac
                done
                echo "[INFO] Building IR 0.1.0-SNAPSHOT                 [1/1]"
                if [ -f "%s" ]; then echo "[ERROR] it does not compile"; exit 1; fi
                """.formatted(folder.resolve("builds"), folder.resolve("broken")));
    }

    @Test
    void theFirstRunBuildsAndTheSecondDoesNot() throws Exception {
        Outcome first = rdu("list");
        assertThat(first.err()).contains("first run").contains("building 1/1 IR");
        assertThat(first.status()).isZero();
        assertThat(builds()).isOne();

        Outcome second = rdu("list");
        assertThat(second.err()).isEmpty();
        assertThat(builds()).isOne();
    }

    @Test
    void anEditedSourceIsBuiltAgain() throws Exception {
        rdu("list");
        Path source = Files.writeString(root.resolve("ir/src/main/java/Shape.java"), "record Shape() {}");
        Files.setLastModifiedTime(source, FileTime.from(Instant.now().plusSeconds(60)));
        rdu("list");
        assertThat(builds()).isEqualTo(2);
    }

    @Test
    void aFailedBuildSaysWhyAndIsTriedAgain() throws Exception {
        Files.createFile(folder.resolve("broken"));
        Outcome failed = rdu("list");
        assertThat(failed.status()).isOne();
        assertThat(failed.err()).contains("[ERROR] it does not compile").contains("rdu-build.log");
        assertThat(failed.out()).isEmpty();

        Files.delete(folder.resolve("broken"));
        assertThat(rdu("list").status()).isZero();
        assertThat(builds()).isEqualTo(2);
    }

    @Test
    void twoFirstRunsAtOnceBuildOnce() throws Exception {
        Process first = start(root, List.of("./rdu", "list"), Map.of());
        Process second = start(root, List.of("./rdu", "list"), Map.of());
        assertThat(first.waitFor()).isZero();
        assertThat(second.waitFor()).isZero();
        assertThat(builds()).isOne();
        assertThat(root.resolve("dist/target/rdu.lock")).doesNotExist();
    }

    @Test
    void aLockOfAProcessThatDiedIsTakenOver() throws Exception {
        Process dead = start(root, List.of("true"), Map.of());
        dead.waitFor();
        Files.createDirectories(root.resolve("dist/target"));
        Files.createSymbolicLink(root.resolve("dist/target/rdu.lock"), Path.of(Long.toString(dead.pid())));
        assertThat(rdu("list").status()).isZero();
    }

    /// Not with `run`, which leaves a process behind that writes to the tree while the test removes it.
    @Test
    void argumentsAndExitStatusPassThrough() throws Exception {
        Outcome outcome = rdu("describe", "bert", "--text", "two words, *, and 'quotes'", "", "exit=3");
        assertThat(outcome.status()).isEqualTo(3);
        assertThat(outcome.out().lines())
                .containsSubsequence("describe", "bert", "--text", "two words, *, and 'quotes'", "", "exit=3")
                .contains("-Dai.djl.offline=true", "org.rduzoo.dist.Start", "org.rduzoo.runners.Main");
    }

    @Test
    void theFirstRunMakesWhatLaterOnesStartFromAndOnlyThat() throws Exception {
        rdu("list");
        assertThat(home()).containsExactly("built", "lib");

        assertThat(rdu("run", "llama").out()).doesNotContain("-XX:AOTCache=");
        Path cache = root.resolve("dist/target/rdu/start-25.0.3.aot");
        List<String> complete = List.of("built", "lib", "start-25.0.3.aot");
        for (int i = 0; i < 1000 && !home().equals(complete); i++) {
            Thread.sleep(10);
        }
        assertThat(home()).isEqualTo(complete);
        assertThat(cache)
                .content()
                .contains("org.rduzoo.runners.FirstRuns")
                .contains("exclude,org.rduzoo.backend.host.Team*", "exclude,jdk.internal.misc.*");

        assertThat(rdu("run", "llama").out()).contains("-XX:AOTCache=" + cache + "\n");
        assertThat(home()).isEqualTo(complete);
    }

    private List<String> home() throws IOException {
        try (Stream<Path> files = Files.list(root.resolve("dist/target/rdu"))) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void optionsOfTheUsersComeLast() throws Exception {
        Outcome outcome = run(root, Map.of("RDU_JAVA_OPTS", "-Xmx8g -XX:+UseParallelGC"), "./rdu", "list");
        assertThat(outcome.out().lines())
                .containsSubsequence("-Xms64m", "-Xmx8g", "-XX:+UseParallelGC", "org.rduzoo.dist.Start")
                .doesNotContain("-XX:+UseSerialGC");
    }

    @ParameterizedTest
    @CsvSource({"25.0.3, false", "25.1, false", "26, true", "26-ea, true"})
    void aJdkThatWasNotSeenToTakeVectorsLateHasThemFromTheStart(String version, boolean early) throws Exception {
        Outcome outcome = run(root, Map.of("RDU_JAVA_HOME", jdk(version).toString()), "./rdu", "list");
        assertThat(outcome.out().contains("--add-modules=jdk.incubator.vector")).isEqualTo(early);
    }

    @Test
    void linksAndOtherFoldersLeadToTheSameTree() throws Exception {
        Path link = Files.createSymbolicLink(folder.resolve("link"), Path.of("the zoo/rdu"));
        Path linkToLink = Files.createSymbolicLink(folder.resolve("again"), link);
        Outcome outcome = run(Path.of("/"), linkToLink.toString(), "list");
        Path lib = root.resolve("dist/target/rdu/lib");
        assertThat(outcome.out()).contains("\n" + lib.resolve("zoo-b.jar") + ":" + lib.resolve("a.jar") + "\n");
    }

    @Test
    void theRunScriptOfAModelNamesTheModel() throws Exception {
        Path link = Files.createSymbolicLink(folder.resolve("bert"), root.resolve("zoo/bert/run"));
        assertThat(run(folder, link.toString(), "compile", "-b=1", "two words")
                        .out()
                        .lines())
                .containsSubsequence("compile", "bert", "-b=1", "two words");
        assertThat(run(folder, link.toString()).out().lines()).containsSubsequence("describe", "bert");
    }

    @ParameterizedTest
    @CsvSource({
        "25.0.3, true", "25.0.4.1, true", "25.1, true", "26, true", "26-ea, true",
        "25.0.2, false", "25, false", "25-beta, false", "21.0.9, false", "1.8.0_402, false"
    })
    void onlyAJdkThatIsNewEnoughIsTaken(String version, boolean taken) throws Exception {
        Outcome outcome = run(root, Map.of("RDU_JAVA_HOME", jdk(version).toString()), "./rdu", "list");
        assertThat(outcome.status()).isEqualTo(taken ? 0 : 1);
        if (!taken) {
            assertThat(outcome.err()).contains("JDK 25.0.3 or later").contains(version);
        }
    }

    private Outcome rdu(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(arguments));
        command.addFirst("./rdu");
        return run(root, Map.of(), command.toArray(String[]::new));
    }

    private Outcome run(Path from, String... command) throws Exception {
        return run(from, Map.of(), command);
    }

    private Outcome run(Path from, Map<String, String> environment, String... command) throws Exception {
        Process process = start(from, List.of(command), environment);
        int status = process.waitFor();
        return new Outcome(
                status,
                Files.readString(folder.resolve("out" + process.pid())),
                Files.readString(folder.resolve("err" + process.pid())));
    }

    /// Starts `command` with its output in files named after its process: a shell of ours names them and gives way.
    private Process start(Path from, List<String> command, Map<String, String> environment) throws IOException {
        List<String> shell = new ArrayList<>(List.of("sh", "-c", "exec \"$@\" >\"$OUTPUT/out$$\" 2>\"$OUTPUT/err$$\""));
        shell.add("sh");
        shell.addAll(command);
        ProcessBuilder builder = new ProcessBuilder(shell).directory(from.toFile());
        builder.environment()
                .putAll(Map.of(
                        "OUTPUT", folder.toString(), "RDU_JAVA_HOME", jdk.toString(), "RDU_MVN", maven.toString()));
        builder.environment()
                .keySet()
                .removeAll(List.of("HOME", "RDU_JAVA_OPTS", "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"));
        builder.environment().putAll(environment);
        return builder.start();
    }

    /// A folder that looks like a JDK; its java prints its arguments, a line each, and ends as `exit=N` asks.
    private Path jdk(String version) throws IOException {
        Path home = folder.resolve("jdk " + version);
        Files.createDirectories(home.resolve("bin"));
        Files.writeString(home.resolve("release"), "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"" + version + "\"\n");
        script(home.resolve("bin/javac"), "");
        script(home.resolve("bin/java"), """
                for argument in "$@"; do printf '%s\\n' "$argument"; done
                for argument in "$@"; do
                    case $argument in -XX:AOTCacheOutput=*) echo "$*" > "${argument#*=}" ;; esac
                done
                for argument in "$@"; do
                    case $argument in exit=*) exit "${argument#exit=}" ;; esac
                done
                """);
        return home;
    }

    private static Path script(Path file, String text) throws IOException {
        Files.createDirectories(requireNonNull(file.getParent()));
        Files.writeString(file, "#!/bin/sh\n" + text);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private long builds() throws IOException {
        return Files.readAllLines(folder.resolve("builds")).size();
    }
}
