package org.rduzoo.backend.host.simd;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/// A loop by vectors that has a twin without, which yields the same bits.
///
/// The virtual machine runs a loop by vectors hundreds of times slower until it has compiled it, which takes a tenth of
/// a second, and there are dozens. So the twin works until then, and a thread of its own makes the virtual machine
/// compile what is asked for. It begins after the first run of a graph: a process that makes one short run needs none
/// of it.
final class Loop {

    /// A first run as long as this is no short one.
    private static final long LONGEST_WAIT_SECONDS = 1;

    /// The most elements that a loop is tried on: enough for all parts of it to turn more than once.
    private static final int ELEMENTS = 128;

    /// Elements for the first calls, which are interpreted.
    private static final int FEW_ELEMENTS = 16;

    private static final int FIRST_CALLS = 250;

    /// After so many calls the compiler has been told.
    private static final int ENOUGH_CALLS = 6_000;

    private static final int MOST_CALLS = 20_000;

    /// Calls between two looks at the other loops, and with the compiler at work.
    private static final int TURN = 100;

    private static final int SHORT_TURN = 10;

    private static final long BYTES_OF_OPERAND = 16 * ELEMENTS;

    /// More than any compiled loop takes, less than any that is not.
    private static final long FAST_NANOS = 10 * ELEMENTS;

    private static final int FAST_CALLS = 5;

    private static final BlockingQueue<Loop> WANTED = new LinkedBlockingQueue<>();

    private static final CountDownLatch FIRST_RUN = new CountDownLatch(1);

    /// Whether this process never uses vectors.
    private static final boolean WITHOUT_VECTORS = Boolean.getBoolean("rdu.without-vectors");

    private static final AtomicInteger SLOW = new AtomicInteger();

    private final Trial trial;
    private final AtomicBoolean wanted = new AtomicBoolean();
    private int calls;
    private int fastCalls;
    private volatile boolean compiled;

    /// @param trial runs the loop by vectors once
    Loop(Trial trial) {
        this.trial = trial;
    }

    /// Runs a loop once.
    @FunctionalInterface
    interface Trial {
        /// @param a an address that `n` elements, and twice as many, can be read from and written to, as `b` and `c`
        void run(long a, long b, long c, int n);
    }

    /// The thread that has loops compiled.
    private static final class Compiling {

        static {
            Thread.ofPlatform().daemon().name("rdu-compile-loops").start(Compiling::run);
        }

        private Compiling() {}

        static void add(Loop loop) {
            SLOW.incrementAndGet();
            WANTED.add(loop);
        }

        private static void run() {
            long memory = Arena.global().allocate(3 * BYTES_OF_OPERAND, 64).address();
            List<Loop> loops = new ArrayList<>();
            try {
                boolean _ = FIRST_RUN.await(LONGEST_WAIT_SECONDS, TimeUnit.SECONDS);
                while (true) {
                    if (loops.isEmpty()) {
                        loops.add(WANTED.take());
                    }
                    WANTED.drainTo(loops);
                    for (Loop loop : loops) {
                        loop.turn(memory);
                    }
                    loops.removeIf(loop -> loop.compiled);
                    // The compiler needs a processor, and so do those who wait for results.
                    Thread.sleep(1);
                }
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /// Says that a graph was run: from the first time on, loops are compiled.
    static void ran() {
        FIRST_RUN.countDown();
    }

    /// Whether all loops that were asked for are.
    static boolean areCompiled() {
        return SLOW.get() == 0;
    }

    /// Whether the loop by vectors is the faster of the two by now. If not, it will be soon.
    boolean isCompiled() {
        if (!WITHOUT_VECTORS && !compiled && !wanted.getPlain() && wanted.compareAndSet(false, true)) {
            Compiling.add(this);
        }
        return compiled;
    }

    private void turn(long memory) {
        int end = calls + (calls < ENOUGH_CALLS ? TURN : SHORT_TURN);
        for (; calls < end && fastCalls < FAST_CALLS; calls++) {
            int n = calls < FIRST_CALLS ? FEW_ELEMENTS : ELEMENTS;
            long start = System.nanoTime();
            trial.run(memory, memory + BYTES_OF_OPERAND, memory + 2 * BYTES_OF_OPERAND, n);
            if (calls > ENOUGH_CALLS / 10 && System.nanoTime() - start < FAST_NANOS) {
                fastCalls++;
            }
        }
        compiled = fastCalls >= FAST_CALLS || calls > MOST_CALLS;
        if (compiled) {
            SLOW.decrementAndGet();
        }
    }
}
