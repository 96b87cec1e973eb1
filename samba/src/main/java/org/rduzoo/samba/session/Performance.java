package org.rduzoo.samba.session;

/// How long runs of a batch take.
///
/// @param latencySeconds on this host, the median
/// @param samplesPerSecond on this host
/// @param predictedSeconds on the chip that the PEF is for
public record Performance(int iterations, double latencySeconds, double samplesPerSecond, double predictedSeconds) {

    @Override
    public String toString() {
        return "e2e_latency: %.6f seconds, throughput: %.1f samples/s, measured over %d iterations; predicted for the chip: %.3g seconds"
                .formatted(latencySeconds, samplesPerSecond, iterations, predictedSeconds);
    }
}
