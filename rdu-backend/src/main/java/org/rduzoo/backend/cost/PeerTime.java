package org.rduzoo.backend.cost;

import java.util.List;
import org.rduzoo.backend.arch.Deployment;
import org.rduzoo.backend.section.Collective;

/// The time of a collective, in seconds.
///
/// Around a ring of `p` chips, each passes a part on `p − 1` times: `(p − 1) / p · bytes / bandwidth` and `p − 1`
/// messages to gather, twice both to reduce for all. Where any two chips are joined, they exchange by halves in
/// `log₂ p` rounds, or, what is quicker for few bytes, all of a sum in each round.
///
/// @param sending bytes on their way: can hide behind the stages that make them
/// @param waiting messages on their way: cannot
record PeerTime(double sending, double waiting) {

    double seconds() {
        return sending + waiting;
    }

    static PeerTime of(Collective collective, Deployment deployment, Rates rates) {
        double p = deployment.chips();
        boolean reduces = collective.kind() == Collective.Kind.ALL_REDUCE;
        double once = collective.bytes() / rates.get(Parameter.PEER_STREAM);
        double latency = rates.get(Parameter.PEER_LATENCY);
        int ways = reduces ? 2 : 1;
        PeerTime ring = new PeerTime(ways * (p - 1) / p * once, ways * (p - 1) * latency);
        if (!deployment.arch().links().switched()) {
            return ring;
        }
        double rounds = Math.ceil(Math.log(p) / Math.log(2));
        PeerTime halves = new PeerTime(ways * (p - 1) / p * once, ways * rounds * latency);
        PeerTime all = new PeerTime(rounds * once, rounds * latency);
        return reduces && all.seconds() < halves.seconds() ? all : halves;
    }

    /// Bytes that a chip sends to the others in some collectives.
    static long sent(List<Collective> collectives, int chips) {
        double bytes = 0;
        for (Collective c : collectives) {
            int ways = c.kind() == Collective.Kind.ALL_REDUCE ? 2 : 1;
            bytes += ways * (chips - 1.0) / chips * c.bytes();
        }
        return Math.round(bytes);
    }
}
