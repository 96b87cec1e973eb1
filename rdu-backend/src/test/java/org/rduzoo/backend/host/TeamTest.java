package org.rduzoo.backend.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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
