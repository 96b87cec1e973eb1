package org.rduzoo.runners;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.rduzoo.runners.CommandLine.line;
import static org.rduzoo.runners.CommandLine.tiny;

import java.io.IOException;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.rduzoo.runners.CommandLine.Outcome;

/// A PEF whose graphs take fewer texts than a batch has.
class MicroBatchTest {

    @TempDir
    Path folder;

    private Path pef;

    @BeforeEach
    void compile() {
        pef = folder.resolve("tiny.pef");
        Outcome compiled = line("compile bert --inference --precision=fp32 -b 6 -mb 2 --max-seq-length 24 --checkpoint "
                + tiny("bert") + " -p " + pef);
        assertThat(compiled.status()).as(compiled.err()).isZero();
    }

    private Outcome given(String line) {
        return line(line + " --checkpoint " + tiny("bert") + " -p " + pef);
    }

    @Test
    void thePefKeepsBothSizesAndItsGraphsHaveTheRowsOfAMicroBatch() {
        Outcome info = line("pef info " + pef);
        assertThat(info.out())
                .containsPattern("arguments\\.batch-size +6\n")
                .containsPattern("arguments\\.microbatch-size +2\n")
                .contains("[2, 24]")
                .doesNotContain("[6, 24]");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "run bert --inference --text a -mb 3 | with --microbatch-size 2, but run was given --microbatch-size 3",
                "test bert -b 4 | with --batch-size 6, but test was given --batch-size 4",
                "measure-performance bert --inference -mb 6 | measure-performance was given --microbatch-size 6",
                "measure-performance bert --inference --precision bf16 | with --precision fp32, but measure-",
                "measure-performance bert --inference --max-seq-length 8 | no graph that takes [6, 8] tokens",
            })
    void otherSizesAreRefusedWithBothValues(String command, String message) {
        Outcome outcome = given(command);
        assertThat(outcome.status()).isEqualTo(1);
        assertThat(outcome.err()).contains(message);
    }

    @Test
    void testTakesItsShapeFromThePef() {
        Outcome outcome = given("test bert --json");
        assertThat(outcome.status()).as(outcome.err()).isZero();
        assertThat(outcome.out()).contains("\"embedding\"", "\"pooler_output\"").doesNotContain("\"ok\": false");
    }

    @Test
    void aMeasuredCallIsTheWholeBatchInThePrecisionOfThePef() {
        Outcome outcome = given("measure-performance bert --inference --json");
        assertThat(outcome.status()).as(outcome.err()).isZero();
        assertThat(outcome.out())
                .contains("\"batch_size\": 6", "\"microbatch_size\": 2", "\"sequence_length\": 24")
                .contains("\"precision\": \"fp32\"");
    }

    @Test
    void textsGiveWhatTheyGiveWithoutMicroBatches() throws IOException {
        String checkpoint = CommandLine.withTokenizer("bert", folder).toString();
        String texts = "run bert --inference --json --precision=fp32 --checkpoint " + checkpoint
                + " --text cat --text dog --text mat --text the --text sat";
        String whole = line(texts).out();
        assertThat(whole).contains("\"embeddings\"");
        for (String sizes : new String[] {" -b 2", " -b 4 -mb 2", " -mb 3", " -b 64 -mb 4", " -p " + pef}) {
            Outcome outcome = line(texts + sizes);
            assertThat(outcome.status()).as(outcome.err()).isZero();
            assertThat(vectors(outcome.out())).as(sizes).hasSameSizeAs(vectors(whole));
            for (int i = 0; i < vectors(whole).length; i++) {
                assertThat(vectors(outcome.out())[i]).isCloseTo(vectors(whole)[i], within(1e-5));
            }
        }
    }

    private static double[] vectors(String json) {
        String inner = json.substring(json.indexOf("\"embeddings\""), json.indexOf("\"similarity\""));
        return Pattern.compile("-?\\d+\\.\\d+(E-?\\d+)?")
                .matcher(inner)
                .results()
                .mapToDouble(r -> Double.parseDouble(r.group()))
                .toArray();
    }
}
