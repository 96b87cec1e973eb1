package org.rduzoo.backend.host;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.rduzoo.backend.host.machine.Kernel;

/// The threads that run kernels together, the caller's among them. Between kernels they wait for each other without
/// sleeping; between runs they park.
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

    private final int size;
    private final Thread[] helpers;
    private final AtomicInteger round = new AtomicInteger();
    private final AtomicInteger arrived = new AtomicInteger();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    private volatile int phase;
    private volatile boolean closed;
    private Kernel[] kernels = {};

    /// @param size how many threads, the caller's included
    public Team(int size) {
        if (size < 1) {
            throw new IllegalArgumentException("a team of " + size);
        }
        this.size = size;
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
        kernels = work;
        failure.set(null);
        round.incrementAndGet();
        for (Thread helper : helpers) {
            LockSupport.unpark(helper);
        }
        work(0);
        switch (failure.get()) {
            case null -> {}
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            case Throwable e -> throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        closed = true;
        for (Thread helper : helpers) {
            LockSupport.unpark(helper);
        }
    }

    private void help(int part) {
        int seen = 0;
        while (true) {
            for (int spins = 0; round.get() == seen && !closed; spins++) {
                if (spins < SPINS_BEFORE_PARKING) {
                    Thread.onSpinWait();
                } else {
                    LockSupport.park(this);
                }
            }
            if (closed) {
                return;
            }
            seen++;
            work(part);
        }
    }

    private void work(int part) {
        for (Kernel kernel : kernels) {
            if (failure.get() == null) {
                try {
                    kernel.run(part, size);
                } catch (Throwable e) {
                    failure.compareAndSet(null, e);
                }
            }
            awaitOthers();
        }
    }

    @SuppressWarnings("ThreadPriorityCheck") // yields only where there are more threads than processors
    private void awaitOthers() {
        int here = phase;
        if (arrived.incrementAndGet() == size) {
            arrived.set(0);
            phase = here + 1;
            return;
        }
        for (int spins = 0; phase == here; spins++) {
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
