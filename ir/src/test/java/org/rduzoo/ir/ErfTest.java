package org.rduzoo.ir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ErfTest {

    /// Published values, as in Abramowitz and Stegun, table 7.1.
    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "0.02, 0.0225645746918449",
        "0.1, 0.1124629160182849",
        "0.5, 0.5204998778130465",
        "1, 0.8427007929497149",
        "1.5, 0.9661051464753108",
        "2, 0.9953222650189527",
        "2.5, 0.9995930479825550",
        "3, 0.9999779095030014",
        "4, 0.9999999845827421"
    })
    void agreesWithPublishedTables(double x, double expected) {
        assertThat(Erf.erf(x)).isCloseTo(expected, within(3e-16));
        assertThat(Erf.erf(-x)).isCloseTo(-expected, within(3e-16));
        assertThat(Erf.erfc(x)).isCloseTo(1 - expected, within(3e-16));
    }

    @ParameterizedTest
    @CsvSource({
        "2.5, 4.069520174449589e-4",
        "3, 2.209049699858544e-5",
        "5, 1.537459794428035e-12",
        "10, 2.088487583762545e-45",
        "26, 5.663192408856143e-296"
    })
    void theComplementKeepsItsDigitsFarOut(double x, double expected) {
        assertThat(Erf.erfc(x) / expected).isCloseTo(1, within(1e-13));
    }

    @Test
    void seriesAndFractionMeet() {
        double below = Math.nextDown(2.5);
        assertThat(Erf.erf(2.5)).isCloseTo(Erf.erf(below), within(5e-16));
        assertThat(Erf.erfc(-2.5) + Erf.erfc(2.5)).isCloseTo(2, within(5e-16));
    }
}
