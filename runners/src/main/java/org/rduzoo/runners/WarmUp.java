package org.rduzoo.runners;

import org.rduzoo.backend.host.HostModel;

/// Work that is done before it counts: the virtual machine compiles what is slow meanwhile.
final class WarmUp {

    private static final int RUNS = 2;
    private static final double SECONDS = 2;
    private static final double MOST_SECONDS = 10;

    private WarmUp() {}

    /// Does `work` again and again, until it takes no longer than it always will.
    static void run(Runnable work) {
        long start = System.nanoTime();
        double seconds = 0;
        for (int i = 0; i < RUNS || seconds < SECONDS || (!HostModel.isCompiled() && seconds < MOST_SECONDS); i++) {
            work.run();
            seconds = Console.seconds(start);
        }
    }
}
