package org.rduzoo.backend.pef;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.rduzoo.backend.SampleGraphs;
import org.rduzoo.backend.arch.Arch;
import org.rduzoo.backend.section.OptLevel;
import org.rduzoo.backend.section.SectionPlan;
import org.rduzoo.samba.UserError;

class PefTest {

    @TempDir
    Path folder;

    @Test
    void whatIsWrittenIsReadAgainAndWritesTheSameBytes() throws IOException {
        for (Pef pef : List.of(
                SamplePefs.decoder(2),
                SamplePefs.of(Map.of(), OptLevel.O0, SampleGraphs.encoder(2, 32, 4, 2, 8)),
                SamplePefs.of(SamplePefs.ARGUMENTS, OptLevel.O1, SampleGraphs.training(3, 32, true)))) {
            Path file = folder.resolve("new/folder/model.pef");
            pef.write(file, false);
            Pef read = Pef.read(file);
            assertThat(read.compilation()).isEqualTo(pef.compilation());
            assertThat(read.parameters()).isEqualTo(pef.parameters());
            assertThat(read.entries().stream().map(e -> e.plan().sections()))
                    .isEqualTo(
                            pef.entries().stream().map(e -> e.plan().sections()).toList());
            assertThat(read.toBytes()).isEqualTo(Files.readAllBytes(file));
            try (Stream<Path> left = Files.list(file.getParent())) {
                assertThat(left).as("no temporary file stays").containsExactly(file);
            }
        }
    }

    @Test
    void theSameInputGivesTheSameBytesInWhateverOrderItsMapsAre() {
        Map<String, String> forward = new LinkedHashMap<>();
        Map<String, String> backward = new LinkedHashMap<>();
        List<String> keys = SamplePefs.ARGUMENTS.keySet().stream().sorted().toList();
        keys.forEach(k -> forward.put(k, SamplePefs.ARGUMENTS.getOrDefault(k, "")));
        keys.reversed().forEach(k -> backward.put(k, SamplePefs.ARGUMENTS.getOrDefault(k, "")));
        byte[] first = SamplePefs.of(forward, OptLevel.O3, SampleGraphs.encoder(2, 32, 4, 2, 8))
                .toBytes();
        byte[] second = SamplePefs.of(backward, OptLevel.O3, SampleGraphs.encoder(2, 32, 4, 2, 8))
                .toBytes();
        assertThat(second).isEqualTo(first);
    }

    @Test
    void aDifferentConfigGivesDifferentBytes() {
        assertThat(SamplePefs.decoder(2).toBytes())
                .isNotEqualTo(SamplePefs.decoder(3).toBytes());
    }

    @Test
    void graphsOfOnePefShareTheirParameters() {
        Pef pef = SamplePefs.decoder(2);
        assertThat(pef.entries()).hasSize(3);
        assertThat(pef.parameters()).hasSize(1 + 2 * 9 + 2).doesNotHaveDuplicates();
        assertThat(pef.entry("decode")).isPresent();
        assertThat(pef.entry("encode")).isEmpty();
    }

    @Test
    void graphsThatDisagreeOnAParameterAreRefused() {
        assertThatThrownBy(() -> SamplePefs.of(
                        Map.of(),
                        OptLevel.O3,
                        SampleGraphs.decoder("prefill", 1, 64, 4, 2, 128, 8, 100),
                        SampleGraphs.decoder("decode", 1, 64, 4, 2, 256, 8, 100)))
                .hasMessageContaining("model.layers.0.mlp.gate_proj.weight is PARAMETER bf16[128, 64] in one graph")
                .hasMessageContaining("bf16[256, 64] in graph decode");
        assertThatThrownBy(() -> SamplePefs.of(
                        Map.of(), OptLevel.O3, SampleGraphs.training(1, 8, false), SampleGraphs.training(1, 8, false)))
                .hasMessage("two graphs are named train");
        assertThatThrownBy(() -> SamplePefs.of(Map.of(), OptLevel.O3)).hasMessage("no graph");
    }

    @Test
    void thePlanOfAnotherChipIsRefused() {
        var graph = SampleGraphs.training(1, 8, false);
        SectionPlan other = SectionPlan.cut(graph, Arch.of("sn30"), OptLevel.O3, 8);
        Compilation compilation = SamplePefs.decoder(1).compilation();
        assertThatThrownBy(() -> new Pef(compilation, List.of(new Pef.Entry(graph, other))))
                .hasMessage("the sections of graph train are for 8 tiles of sn30 at O3");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            0       | is not a PEF: it does not begin as one does
            7       | is not a PEF: it does not begin as one does
            8       | is cut short: it has 8 bytes, and the header of a PEF alone has 56
            55      | is cut short: it has 55 bytes, and the header of a PEF alone has 56
            56      | is cut short: 0 bytes follow its header, which tells of
            1000    | is cut short: 944 bytes follow its header, which tells of
            -1      | is cut short:
            """)
    void aTruncatedFileIsRefused(int length, String message) throws IOException {
        byte[] bytes = SamplePefs.decoder(1).toBytes();
        Path file = folder.resolve("x.pef");
        Files.write(file, Arrays.copyOf(bytes, length < 0 ? bytes.length + length : length));
        assertThatThrownBy(() -> Pef.read(file))
                .isInstanceOf(UserError.class)
                .hasMessageStartingWith(file + " " + message)
                .hasMessageEndingWith(".\nCompile it again: ./rdu compile MODEL …");
    }

    @Test
    void bytesAfterTheEndAreRefused() throws IOException {
        byte[] bytes = SamplePefs.decoder(1).toBytes();
        Path file = folder.resolve("x.pef");
        Files.write(file, Arrays.copyOf(bytes, bytes.length + 3));
        assertThatThrownBy(() -> Pef.read(file))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("has 3 bytes after its end that do not belong to it");
    }

    @Test
    void everyAlteredByteIsNoticed() throws IOException {
        byte[] bytes = SamplePefs.of(Map.of(), OptLevel.O3, SampleGraphs.training(1, 8, false))
                .toBytes();
        Path file = folder.resolve("x.pef");
        for (int i = 0; i < bytes.length; i += i < 80 ? 1 : 37) {
            byte[] altered = bytes.clone();
            altered[i] ^= 0x10;
            Files.write(file, altered);
            assertThatThrownBy(() -> Pef.read(file)).as("byte %d", i).isInstanceOf(UserError.class);
        }
        Files.write(file, bytes);
        assertThat(Pef.read(file).toBytes()).isEqualTo(bytes);
    }

    @Test
    void anotherVersionIsNamed() throws IOException {
        byte[] bytes = SamplePefs.decoder(1).toBytes();
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(8, 7);
        Path file = Files.write(folder.resolve("x.pef"), bytes);
        assertThatThrownBy(() -> Pef.read(file))
                .isInstanceOf(UserError.class)
                .hasMessageContaining(
                        "is a PEF of format 7, and this version of the tools reads format " + PefFormat.VERSION);
    }

    @Test
    void aFileThatContradictsItselfIsRefusedThoughItsChecksumIsRight() {
        String content = new String(PefFormat.content(SamplePefs.decoder(1)), StandardCharsets.ISO_8859_1);
        Map<String, String> edits = Map.of(
                "\"tool\": \"0", "\"pool\": \"0",
                "\"flops\": 1", "\"flops\": 2",
                "program 0", "program 1",
                "\"arch\": \"sn40\"", "\"arch\": \"sn10\"",
                "\"tiles\": 2", "\"tiles\": 9",
                "nodes 0-", "nodes 1-",
                "silu(", "sulu(",
                "MANI", "MINI",
                "hidden_size\": 64", "hidden_size\": \u00ff\u00ff");
        edits.forEach((from, to) -> {
            assertThat(content).contains(from);
            byte[] edited = content.replace(from, to).getBytes(StandardCharsets.ISO_8859_1);
            byte[] header = Arrays.copyOf(PefFormat.seal(edited), PefFormat.HEADER_BYTES);
            assertThatThrownBy(() -> PefFormat.read(header, edited))
                    .as("%s for %s", to, from)
                    .isInstanceOf(PefFormat.Refused.class)
                    .hasMessageMatching("(?s)(contradicts itself|has a broken|has a text that|has a section plan).*");
        });
    }

    @Test
    void largePefsAreReadAndCheckedAsSmallOnesAre() {
        byte[] content = PefFormat.content(SamplePefs.decoder(48));
        assertThat(content).hasSizeGreaterThan(1 << 18);
        byte[] header = Arrays.copyOf(PefFormat.seal(content), PefFormat.HEADER_BYTES);
        assertThat(PefFormat.content(PefFormat.read(header, content))).isEqualTo(content);
        byte[] edited = new String(content, StandardCharsets.ISO_8859_1)
                .replace("silu(", "sulu(")
                .getBytes(StandardCharsets.ISO_8859_1);
        byte[] sealed = Arrays.copyOf(PefFormat.seal(edited), PefFormat.HEADER_BYTES);
        assertThatThrownBy(() -> PefFormat.read(sealed, edited))
                .isInstanceOf(PefFormat.Refused.class)
                .hasMessageStartingWith("has a broken graph: graph text, line");
    }

    @Test
    void aMissingFileSaysHowToMakeIt() {
        Path file = folder.resolve("none.pef");
        assertThatThrownBy(() -> Pef.read(file))
                .isInstanceOf(UserError.class)
                .hasMessage("there is no PEF " + file + ".\nCompile one: ./rdu compile MODEL … -p " + file);
        assertThatThrownBy(() -> Pef.read(folder)).isInstanceOf(UserError.class).hasMessageContaining("cannot be read");
    }

    @Test
    void onlyAPefIsReplacedWithoutForce() throws IOException {
        Path file = Files.writeString(folder.resolve("x.pef"), "precious");
        Pef pef = SamplePefs.decoder(1);
        assertThatThrownBy(() -> pef.write(file, false))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("exists and is not a PEF, so it is left as it is");
        assertThat(file).hasContent("precious");
        pef.write(file, true);
        SamplePefs.decoder(2).write(file, false);
        assertThat(Pef.read(file).toBytes()).isEqualTo(SamplePefs.decoder(2).toBytes());
    }

    @Test
    void aFileWhereAFolderShouldBeIsAnError() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "");
        assertThatThrownBy(() -> SamplePefs.decoder(1).write(file.resolve("x.pef"), false))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("cannot be written");
        assertThatThrownBy(() -> SamplePefs.decoder(1).write(folder, false))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("exists and is not a PEF");
    }

    @Test
    void argumentsThatWereCompiledInNeedNotBeGivenAgain() {
        Pef pef = SamplePefs.decoder(1);
        pef.requireArguments("run", Map.of());
        pef.requireArguments("run", Map.of("batch-size", "4", "inference", "true"));
        pef.requireArguments("run", Map.of("batch-size", "4", "some-flag", "false"));
    }

    @Test
    void otherArgumentsAreRefusedWithBothValues() {
        Pef pef = SamplePefs.decoder(1);
        assertThatThrownBy(() -> pef.requireArguments("run", Map.of("batch-size", "8", "inference", "true")))
                .isInstanceOf(UserError.class)
                .hasMessage("this PEF was compiled with --batch-size 4, but run was given --batch-size 8.\n"
                        + "Leave the option out, or compile again: ./rdu compile llama --batch-size 8 --inference "
                        + "--num-tiles 2 --set hidden_size=64");
        assertThatThrownBy(() -> pef.requireArguments("run", Map.of("inference", "false", "o0", "true")))
                .isInstanceOf(UserError.class)
                .hasMessage("this PEF was compiled with --inference, but run was given without --inference.\n"
                        + "this PEF was compiled without --o0, but run was given --o0.\n"
                        + "Leave these options out, or compile again: ./rdu compile llama --batch-size 4 --num-tiles 2 "
                        + "--o0 --set hidden_size=64");
    }
}
