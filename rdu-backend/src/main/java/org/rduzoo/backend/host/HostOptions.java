package org.rduzoo.backend.host;

import org.rduzoo.backend.host.machine.HostIsa;

/// How the host engine runs.
///
/// @param isa what of the processor it uses (`--host-isa`)
/// @param threads how many threads work together (`--threads`)
public record HostOptions(HostIsa isa, int threads) {

    public HostOptions {
        if (threads < 1) {
            throw new IllegalArgumentException(threads + " threads");
        }
    }

    /// All that this machine has.
    public static HostOptions best() {
        return new HostOptions(HostIsa.detect(), Runtime.getRuntime().availableProcessors());
    }
}
