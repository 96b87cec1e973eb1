package org.rduzoo.runners.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.rduzoo.backend.pef.Row;

class CsvTest {

    public record Cells(String name, double number) implements Row {}

    private static String second(Cells cells) {
        return Csv.text(List.of(cells)).split("\r\n", -1)[1];
    }

    @ParameterizedTest
    @ValueSource(strings = {"=1+2", "+1", "-cmd", "@sum"})
    void aTextThatASpreadsheetWouldComputeIsMarkedAsText(String text) {
        assertThat(second(new Cells(text, 1))).isEqualTo("'" + text + ",1.0");
    }

    @Test
    void numbersAndOtherTextsStayAsTheyAre() {
        assertThat(second(new Cells("model.layers.0", -2))).isEqualTo("model.layers.0,-2.0");
        assertThat(second(new Cells("a = b, \"c\"", 0))).isEqualTo("\"a = b, \"\"c\"\"\",0.0");
        assertThat(second(new Cells("=a,b", 0))).isEqualTo("\"'=a,b\",0.0");
    }
}
