package org.rduzoo.dist;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// What holds for the tree as a whole.
class RepositoryTest {
    private static final Repository REPOSITORY = Repository.here();

    /// Hosts of package registries, in two parts each so that this file does not name one.
    private static final List<String> REGISTRIES = Stream.of(
                    List.of("repo1.", "maven.org"),
                    List.of("repo.maven.", "apache.org"),
                    List.of("central.", "sonatype"),
                    List.of("oss.", "sonatype"),
                    List.of("registry.", "npmjs"),
                    List.of("pypi.", "org"),
                    List.of("pythonhosted.", "org"))
            .map(parts -> String.join("", parts))
            .toList();

    /// Longer ones are data.
    private static final long LONGEST_TEXT = 1 << 20;

    @Test
    void noFileNamesThePackageRegistryThatABuildUses() throws IOException {
        for (Path file : REPOSITORY.files()) {
            if (Files.size(file) <= LONGEST_TEXT) {
                String text = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
                assertThat(REGISTRIES).as("hosts named in %s", file).noneMatch(text::contains);
            }
        }
    }

    @Test
    void everyModelFolderHoldsTheSameThings() {
        assertThat(REPOSITORY.zoo()).isNotEmpty().allSatisfy(model -> {
            String name = model.getFileName().toString();
            assertThat(model.resolve("run")).isExecutable().content().contains("\"$command\" " + name + " ");
            assertThat(model.resolve("src/main/resources/META-INF/services"))
                    .isDirectoryContaining("glob:**/org.rduzoo.samba.*");
            assertThat(model.resolve("README.md"))
                    .content()
                    .containsSubsequence(
                            "\n## What it is\n",
                            "\n## Run it\n",
                            "\n## Variants\n",
                            "\n## How it works\n",
                            "\n## Fine-tune it\n",
                            "\n## Change it\n",
                            "\n## Checks\n");
        });
    }

    /// The launcher builds with `-Dquick`, which leaves the profiles `checks` out: what a test needs belongs there, or
    /// a first run downloads it.
    @Test
    void whatATestNeedsStaysOutOfTheQuickBuild() {
        assertThat(REPOSITORY.files().stream().filter(file -> file.endsWith("pom.xml")))
                .hasSizeGreaterThan(5)
                .allSatisfy(pom -> {
                    String always = REPOSITORY.read(pom).split("<id>checks</id>", 2)[0];
                    assertThat(always).as(pom.toString()).doesNotContain("<scope>test</scope>");
                });
    }

    @Test
    void testsRunWithTheOptionsThatTheLauncherGives() {
        String pom = REPOSITORY.read(Path.of("pom.xml"));
        String options = property(pom, "rdu.jvm.args").replace("${rdu.simd}", "$simd");
        assertThat(REPOSITORY.read(Path.of("rdu")))
                .contains(options.split(" "))
                .contains("\nsimd=" + property(pom, "rdu.simd") + "\n");
    }

    private static String property(String pom, String name) {
        String start = "<" + name + ">";
        return pom.substring(pom.indexOf(start) + start.length(), pom.indexOf("</" + name + ">"));
    }
}
