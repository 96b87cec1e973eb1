package org.rduzoo.backend.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.rduzoo.backend.host.machine.Kernel;

class TeamTest {

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5})
    void eachThreadRunsItsPartOfEachKernelOnce(int size) {
        AtomicIntegerArray runs = new AtomicIntegerArray(size * 3);
        try (Team team = new Team(size)) {
            for (int i = 0; i < 200; i++) {
                team.run(
                        (part, _) -> runs.incrementAndGet(part),
                        (part, parts) -> runs.incrementAndGet(parts + part),
                        (part, parts) -> runs.incrementAndGet(2 * parts + part));
            }
        }
        for (int i = 0; i < runs.length(); i++) {
            assertThat(runs.get(i)).isEqualTo(200);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void noThreadStartsAKernelBeforeAllHaveEndedTheOneBefore(int size) {
        AtomicInteger done = new AtomicInteger();
        AtomicInteger early = new AtomicInteger();
        try (Team team = new Team(size)) {
            for (int i = 0; i < 200; i++) {
                done.set(0);
                team.run((_, _) -> done.incrementAndGet(), (_, _) -> {
                    if (done.get() != size) {
                        early.incrementAndGet();
                    }
                });
            }
        }
        assertThat(early).hasValue(0);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void whatAKernelThrowsReachesTheCallerAndStopsTheRest(int size) {
        AtomicInteger after = new AtomicInteger();
        try (Team team = new Team(size)) {
            int last = size - 1;
            assertThatThrownBy(() -> team.run(
                            (part, _) -> {
                                if (part == last) {
                                    throw new IllegalStateException("broken");
                                }
                            },
                            (_, _) -> after.incrementAndGet()))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("broken");
            team.run((_, _) -> {});
        }
        assertThat(after).hasValue(0);
    }

    /// As many parts as there can be, and each is counted.
    private record Cut(AtomicIntegerArray runs) implements Kernel {
        @Override
        public int parts(int threads) {
            return runs.length();
        }

        @Override
        public void run(int part, int parts) {
            assertThat(parts).isEqualTo(runs.length());
            runs.incrementAndGet(part);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void kernelsOfManyPartsAndOfFewFollowOneAnother(int size) {
        AtomicIntegerArray many = new AtomicIntegerArray(Kernel.mostParts(size));
        AtomicIntegerArray one = new AtomicIntegerArray(1);
        AtomicInteger few = new AtomicInteger();
        AtomicInteger early = new AtomicInteger();
        Kernel check = (_, _) -> {
            if (many.get(many.length() - 1) != one.get(0) + 1) {
                early.incrementAndGet();
            }
        };
        try (Team team = new Team(size)) {
            for (int i = 0; i < 500; i++) {
                team.run(new Cut(many), check, (_, _) -> few.incrementAndGet(), new Cut(one));
            }
        }
        for (int i = 0; i < many.length(); i++) {
            assertThat(many.get(i)).isEqualTo(500);
        }
        assertThat(one.get(0)).isEqualTo(500);
        assertThat(few).hasValue(500 * size);
        assertThat(early).hasValue(0);
    }

    @Test
    void ofManyPartsASlowThreadDoesFewer() {
        Thread caller = Thread.currentThread();
        AtomicInteger byCaller = new AtomicInteger();
        Kernel slow = new Kernel() {
            @Override
            public int parts(int threads) {
                return Kernel.mostParts(threads);
            }

            @Override
            public void run(int part, int parts) {
                if (Thread.currentThread() == caller) {
                    byCaller.incrementAndGet();
                } else {
                    LockSupport.parkNanos(20_000_000);
                }
            }
        };
        try (Team team = new Team(2)) {
            team.run(slow);
        }
        assertThat(byCaller.get()).isGreaterThan(Kernel.SHARES);
    }

    @Test
    void oneThreadDoesAllThatOthersLeave() {
        AtomicIntegerArray byCaller = new AtomicIntegerArray(2);
        Thread caller = Thread.currentThread();
        try (Team team = new Team(2)) {
            // A helper that parks takes longer to wake than the caller to do so little.
            for (int i = 0; i < 200; i++) {
                LockSupport.parkNanos(2_000_000);
                team.run((part, _) -> {
                    if (Thread.currentThread() == caller) {
                        byCaller.incrementAndGet(part);
                    }
                });
            }
        }
        assertThat(byCaller.get(1))
                .as("parts of the helper's that the caller did")
                .isPositive();
    }
}
