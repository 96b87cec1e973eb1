package org.rduzoo.backend.cost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.rduzoo.backend.arch.Arch;
import org.rduzoo.backend.arch.Deployment;
import org.rduzoo.backend.arch.TensorParallel;
import org.rduzoo.backend.section.Collective;
import org.rduzoo.backend.section.Collective.Kind;

class PeerTimeTest {

    private static PeerTime time(String key, int chips, Kind kind, long bytes) {
        Arch arch = Arch.of(key);
        Deployment deployment = new Deployment(arch, arch.tiles(), chips, TensorParallel.WEIGHT);
        return PeerTime.of(new Collective(kind, bytes), deployment, Rates.of(arch));
    }

    @Test
    void aRingPassesPartsOnFromChipToChip() {
        double latency = Arch.of("sn30").links().latency().value();
        PeerTime gathered = time("sn30", 8, Kind.ALL_GATHER, 25_000_000_000L);
        assertThat(gathered.sending()).isCloseTo(7.0 / 8, within(1e-12));
        assertThat(gathered.waiting()).isCloseTo(7 * latency, within(1e-12));
        PeerTime reduced = time("sn30", 8, Kind.ALL_REDUCE, 25_000_000_000L);
        assertThat(reduced.sending()).isCloseTo(2 * 7.0 / 8, within(1e-12));
        assertThat(reduced.waiting()).isCloseTo(14 * latency, within(1e-12));
    }

    @Test
    void whereAnyTwoChipsAreJoinedFewBytesTakeOneMessageARound() {
        double latency = Arch.of("sn40").links().latency().value();
        assertThat(time("sn40", 8, Kind.ALL_REDUCE, 1).waiting()).isCloseTo(3 * latency, within(1e-12));
        assertThat(time("sn40", 16, Kind.ALL_REDUCE, 1).waiting()).isCloseTo(4 * latency, within(1e-12));
        assertThat(time("sn40", 8, Kind.ALL_REDUCE, 1L << 30).waiting()).isCloseTo(6 * latency, within(1e-12));
        assertThat(time("sn40", 8, Kind.ALL_REDUCE, 1L << 30).sending())
                .isCloseTo(2 * 7.0 / 8 * (1L << 30) / 250e9, within(1e-12));
    }

    @Test
    void moreBytesNeverTakeLessTime() {
        for (Kind kind : Kind.values()) {
            double before = 0;
            for (long bytes = 1; bytes < 1L << 34; bytes *= 2) {
                double seconds = time("sn40", 16, kind, bytes).seconds();
                assertThat(seconds).isGreaterThanOrEqualTo(before);
                before = seconds;
            }
        }
    }

    @Test
    void aChipSendsAllButItsOwnPart() {
        assertThat(PeerTime.sent(
                        List.of(new Collective(Kind.ALL_GATHER, 800), new Collective(Kind.ALL_REDUCE, 800)), 8))
                .isEqualTo(700 + 1400);
        assertThat(PeerTime.sent(List.of(), 1)).isZero();
    }
}
