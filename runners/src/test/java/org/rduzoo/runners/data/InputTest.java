package org.rduzoo.runners.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.rduzoo.runners.data.Balance.Place;
import org.rduzoo.runners.data.PairReader.BadLine;
import org.rduzoo.runners.data.PairReader.Pair;
import org.rduzoo.runners.data.PrepareRequest.Shuffle;
import org.rduzoo.samba.UserError;

class InputTest {

    @TempDir
    Path folder;

    private List<String> lines(String name, String text) throws IOException {
        Files.writeString(folder.resolve(name), text);
        try (InputLines lines = InputLines.open(folder.resolve(name))) {
            return IntStream.range(0, lines.count())
                    .mapToObj(i -> lines.place(i).replaceAll(".*line ", "") + ":" + lines.text(i))
                    .toList();
        }
    }

    @Test
    void linesEndAsTheyDoOnAnySystem() throws IOException {
        assertThat(lines("a.txt", "a\nb\r\nc\r\n\rd")).containsExactly("1:a\n", "2:b\n", "3:c\n", "4:\n", "5:d");
    }

    @Test
    void jsonMayHaveBlankLinesAndAByteOrderMark() throws IOException {
        assertThat(lines("a.jsonl", "\uFEFF[]\n \t\n{}\n")).containsExactly("1:[]\n", "3:{}\n");
    }

    @Test
    void theFilesOfAFolderFollowEachOther() throws IOException {
        Files.writeString(folder.resolve("b.jsonl"), "3\n");
        Files.writeString(folder.resolve("a.jsonl"), "1\n2");
        try (InputLines lines = InputLines.open(folder)) {
            assertThat(lines.count()).isEqualTo(3);
            assertThat(lines.place(2)).isEqualTo(folder.resolve("b.jsonl") + ", line 1");
            assertThat(lines.text(1)).isEqualTo("2");
        }
    }

    @Test
    void whatIsNoInputIsRefused() throws IOException {
        assertThatThrownBy(() -> lines("a.txt", ""))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("no lines");
        assertThatThrownBy(() -> lines("a.csv", "x"))
                .isInstanceOf(UserError.class)
                .hasMessageContaining(".jsonl");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"prompt\": \"a\"            | is not valid JSON (column",
                "{} {}                         | is not valid JSON",
                "3                             | holds number, but must hold an object",
                "[{\"completion\": \"x\"}, 3]  | holds number in pair 2",
                "{\"prompt\": \"a\"}           | has no \"completion\"; it has prompt",
                "[{}]                          | has no \"completion\" in pair 1; it has no keys",
                "{\"completion\": 3}           | has number as \"completion\", but it must be a text",
            })
    void badLinesAreSaidToBeSo(String line, String message) {
        PairReader reader = new PairReader("prompt", "completion", Optional.empty());
        assertThatThrownBy(() -> reader.read(line)).isInstanceOf(BadLine.class).hasMessageContaining(message);
    }

    @Test
    void keysHaveAnyNamesAndNullIsNoText() throws BadLine {
        PairReader reader = new PairReader("q", "a", Optional.of(Map.of("chat", 4)));
        assertThat(reader.read("[{\"q\": null, \"a\": \"x\", \"category\": \"chat\"}, {\"a\": null}]"))
                .containsExactly(new Pair("", "x", 4), new Pair("", "", TokenRun.NO_CATEGORY));
        assertThatThrownBy(() -> reader.read("{\"a\": \"x\", \"category\": \"code\"}"))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("code");
    }

    @Test
    void ratiosGiveAsManyFilesAsSambaNovasTool() {
        assertThat(SplitPlan.ofRatios(32, 0, 0)).isEqualTo(new SplitPlan(32, 0, 0));
        assertThat(SplitPlan.ofRatios(32, 0.1, 0)).isEqualTo(new SplitPlan(32, 0, 3));
        assertThat(SplitPlan.ofRatios(32, 0.1, 0.1)).isEqualTo(new SplitPlan(32, 4, 4));
        assertThat(SplitPlan.defaultTrain(1 << 20, 1000)).isEqualTo(32);
        assertThat(SplitPlan.defaultTrain(20L << 30, 1000)).isEqualTo(128);
        assertThat(SplitPlan.defaultTrain(200L << 30, 1000)).isEqualTo(256);
        assertThat(SplitPlan.defaultTrain(1 << 20, 5)).isEqualTo(5);
    }

    @Test
    void linesAreSharedOutInTurnOrInStretchesOfANewOrder() {
        SplitPlan plan = new SplitPlan(2, 0, 1);
        assertThat(plan.lines(7, Shuffle.NONE, 1))
                .containsExactly(new int[] {0, 3, 6}, new int[] {1, 4}, new int[] {2, 5});
        for (Shuffle shuffle : List.of(Shuffle.ON_RAM, Shuffle.LARGE_FILE)) {
            List<int[]> lines = plan.lines(100, shuffle, 1);
            assertThat(lines).extracting(l -> l.length).containsExactly(34, 33, 33);
            assertThat(lines.stream().flatMapToInt(IntStream::of).sorted().toArray())
                    .isEqualTo(IntStream.range(0, 100).toArray());
            assertThat(plan.lines(100, shuffle, 1)).usingRecursiveComparison().isEqualTo(lines);
            assertThat(plan.lines(100, shuffle, 2).getFirst()).isNotEqualTo(lines.getFirst());
        }
        assertThatThrownBy(() -> plan.lines(2, Shuffle.NONE, 1)).isInstanceOf(UserError.class);
    }

    @Test
    void rowsAreEvenedOutToWithinOne() {
        Balance balance = Balance.even(List.of(5, 0, 2));
        assertThat(balance.rows())
                .containsExactly(
                        List.of(new Place(0, 0), new Place(0, 1), new Place(0, 2)),
                        List.of(new Place(0, 3), new Place(0, 4)),
                        List.of(new Place(2, 0), new Place(2, 1)));
    }
}
