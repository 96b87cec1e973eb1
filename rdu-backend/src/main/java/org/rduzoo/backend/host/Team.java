package org.rduzoo.backend.host;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.rduzoo.backend.host.machine.Kernel;

/// The threads that run kernels together, the caller's among them. Between kernels they wait for each other without
/// sleeping; between runs they park.
///
/// A kernel has a part for each thread, or several. A thread that has done its own takes one that nobody has begun, so
/// that one which gets no processor for a while holds nobody up.
///
/// One run at a time: [#run] must not be called by two threads at once.
public final class Team implements AutoCloseable {

    /// How long a thread looks for work before it parks: long enough to bridge the gap between two decode steps.
    private static final int SPINS_BEFORE_PARKING = 20_000;

    /// How long a thread waits at a barrier before it lets others have the processor.
    private static final int SPINS_BEFORE_YIELDING = 2_000;

    /// How often it does so before it sleeps: others have long work then, as when the virtual machine still compiles
    /// their loops, for which it needs a processor.
    private static final int YIELDS_BEFORE_SLEEPING = 2_000;

    private static final long SLEEP_NANOS = 50_000;

    private static final int PARTS_BITS = 16;

    private final int size;
    private final Thread[] helpers;

    /// By parts, after how many kernels the part was last begun, and one. Kernels are counted over all runs.
    private final AtomicLongArray begun;

    /// How many parts of the kernel at hand are done.
    private final AtomicInteger done = new AtomicInteger();

    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    /// How many kernels are done, and in the lowest bits of how many parts the next is. They are one number, so that
    /// nobody takes the parts of one kernel for those of another.
    private volatile long state;

    /// How many kernels are done when the run has ended.
    private volatile long end;

    private volatile boolean closed;

    /// Those of the run, and how many were done before it. They stay as they are as long as a part is not done.
    private Kernel[] kernels = {};

    private long first;

    /// @param size how many threads, the caller's included
    public Team(int size) {
        if (size < 1) {
            throw new IllegalArgumentException("a team of " + size);
        }
        this.size = size;
        begun = new AtomicLongArray(Kernel.mostParts(size));
        helpers = new Thread[size - 1];
        for (int i = 0; i < helpers.length; i++) {
            int part = i + 1;
            helpers[i] = Thread.ofPlatform().daemon().name("rdu-host-" + part).start(() -> help(part));
        }
    }

    public int size() {
        return size;
    }

    /// Runs the kernels one after the other, each by all threads. What a kernel throws is thrown here; those after it
    /// do not run.
    public void run(Kernel... work) {
        if (work.length == 0) {
            return;
        }
        failure.set(null);
        kernels = work;
        first = phase(state);
        state = state(first, work[0].parts(size));
        end = first + work.length;
        for (Thread helper : helpers) {
            LockSupport.unpark(helper);
        }
        work(0);
        Throwable thrown = failure.get();
        if (thrown != null) {
            throw thrown(thrown);
        }
    }

    private static RuntimeException thrown(Throwable thrown) {
        if (thrown instanceof Error e) {
            throw e;
        }
        if (thrown instanceof RuntimeException e) {
            return e;
        }
        throw new AssertionError(thrown);
    }

    @Override
    public void close() {
        closed = true;
        for (Thread helper : helpers) {
            LockSupport.unpark(helper);
        }
    }

    private void help(int part) {
        while (true) {
            for (int spins = 0; phase(state) == end && !closed; spins++) {
                if (spins < SPINS_BEFORE_PARKING) {
                    Thread.onSpinWait();
                } else {
                    LockSupport.park(this);
                }
            }
            if (closed) {
                return;
            }
            work(part);
        }
    }

    private static long state(long phase, int parts) {
        return phase << PARTS_BITS | parts;
    }

    private static long phase(long state) {
        return state >> PARTS_BITS;
    }

    private static int parts(long state) {
        return (int) state & (1 << PARTS_BITS) - 1;
    }

    /// Works until the run has ended.
    private void work(int own) {
        while (true) {
            long now = state;
            long at = phase(now);
            if (end - at <= 0) {
                return;
            }
            int parts = parts(now);
            for (int part = own; part < parts; part += size) {
                begin(part, parts, at);
            }
            // Those of others from the last on, which they come to last.
            for (int part = parts - 1; part >= 0 && phase(state) == at; part--) {
                begin(part, parts, at);
            }
            if (phase(state) == at) {
                await(at);
            }
        }
    }

    /// Runs a part of the kernel after `at` others, if nobody has begun it.
    private void begin(int part, int parts, long at) {
        long last = begun.get(part);
        if (last > at || !begun.compareAndSet(part, last, at + 1)) {
            return;
        }
        if (failure.get() == null) {
            try {
                kernels[(int) (at - first)].run(part, parts);
            } catch (Throwable e) {
                failure.compareAndSet(null, e);
            }
        }
        if (done.incrementAndGet() == parts) {
            done.set(0);
            long next = at + 1;
            state = state(next, next == end ? 0 : kernels[(int) (next - first)].parts(size));
        }
    }

    @SuppressWarnings("ThreadPriorityCheck") // yields only where there are more threads than processors
    private void await(long at) {
        for (int spins = 0; phase(state) == at; spins++) {
            if (spins < SPINS_BEFORE_YIELDING) {
                Thread.onSpinWait();
            } else if (spins < SPINS_BEFORE_YIELDING + YIELDS_BEFORE_SLEEPING) {
                Thread.yield();
            } else {
                LockSupport.parkNanos(this, SLEEP_NANOS);
            }
        }
    }
}
