package org.rduzoo.ir;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// Damaged and hostile text: the parser takes it or refuses it, by one exception, without much memory.
final class GraphTextFuzzTest {

    private static final int MUTANTS = 10_000;

    /// Uniform constants may take [Layout.Constant#MAX_ELEMENTS] elements of 8 bytes; the texts are some kilobytes.
    private static final long MOST_BYTES = 8L * Layout.Constant.MAX_ELEMENTS + (8 << 20);

    private static final List<String> TOKENS = List.of("""
            %0 %7 -1 2147483647 4194304 99999999999999999999 1e999 nan inf - [ ] ( ) { } " \\ \\u0 # = , @ : f32[ bf16 true \
            [[[[[[[[ (((((((( fwd output input graph replaces relu concat([]) axis= i64[0,2147483647] \ud800 \0 \n""".split(" "));

    @Test
    void tenThousandMutantsAreTakenOrRefused() {
        List<String> seeds = List.of(GraphText.print(Samples.everyOperation()), GraphText.print(Samples.small()));
        SplittableRandom random = new SplittableRandom(20_261_124);
        int taken = 0;
        for (int i = 0; i < MUTANTS; i++) {
            String mutant = mutate(seeds.get(i % seeds.size()), random);
            long before = allocated();
            try {
                Graph graph = GraphText.parse(mutant);
                String text = GraphText.print(Verifier.check(graph));
                assertThat(GraphText.print(GraphText.parse(text))).isEqualTo(text);
                taken++;
            } catch (GraphSyntaxException e) {
                assertThat(e.line()).isPositive();
                assertThat(e.column()).isPositive();
                assertThat(e.getMessage()).hasSizeLessThan(20_000);
            } catch (InvalidGraph e) {
                assertThat(e).hasMessageContaining("replace");
            } catch (RuntimeException | StackOverflowError e) {
                throw new AssertionError("mutant " + i + ":\n" + mutant, e);
            }
            assertThat(allocated() - before).as("bytes that mutant %d takes", i).isLessThan(MOST_BYTES);
        }
        assertThat(taken).isBetween(MUTANTS / 100, MUTANTS - MUTANTS / 10);
    }

    @Test
    void depthOfBracketsIsNoMatterForTheStack() {
        for (String bracket : List.of("[", "(", "{", "\"", "%", "\\", "#")) {
            String text = GraphText.print(Samples.small()).replace("(%1, %0)", bracket.repeat(1_000_000));
            try {
                GraphText.parse(text);
                throw new AssertionError("a million of " + bracket + " were taken");
            } catch (GraphSyntaxException e) {
                assertThat(e.line()).isGreaterThanOrEqualTo(6);
            }
        }
    }

    private static String mutate(String seed, SplittableRandom random) {
        StringBuilder text = new StringBuilder(seed);
        for (int n = random.nextInt(1, 4); n > 0; n--) {
            int at = random.nextInt(text.length());
            int end = Math.min(text.length(), at + 1 + random.nextInt(random.nextInt(1, 30)));
            switch (random.nextInt(7)) {
                case 0 -> text.delete(at, end);
                case 1 -> text.insert(at, text.substring(at, end));
                case 2 -> text.insert(at, TOKENS.get(random.nextInt(TOKENS.size())));
                case 3 -> text.replace(at, end, TOKENS.get(random.nextInt(TOKENS.size())));
                case 4 -> text.setCharAt(at, (char) (' ' + random.nextInt(95)));
                case 5 -> digit(text, at, random);
                default -> line(text, at, random);
            }
            if (text.isEmpty()) {
                text.append(seed);
            }
        }
        return text.toString();
    }

    /// Changes the first digit from `at` on, so that numbers of values, dimensions and attributes are tried.
    private static void digit(StringBuilder text, int at, SplittableRandom random) {
        for (int i = at; i < text.length(); i++) {
            if (Character.isDigit(text.charAt(i))) {
                text.setCharAt(i, (char) ('0' + random.nextInt(10)));
                return;
            }
        }
    }

    /// Removes, doubles or moves the line at `at`.
    private static void line(StringBuilder text, int at, SplittableRandom random) {
        int start = text.lastIndexOf("\n", at) + 1;
        int end = text.indexOf("\n", at) + 1;
        if (end == 0 || start >= end) {
            return;
        }
        String line = text.substring(start, end);
        int how = random.nextInt(3);
        if (how != 1) {
            text.delete(start, end);
        }
        if (how != 0) {
            int to = text.indexOf("\n", random.nextInt(text.length() + 1)) + 1;
            text.insert(to, line);
        }
    }

    private static long allocated() {
        return ((ThreadMXBean) ManagementFactory.getThreadMXBean()).getCurrentThreadAllocatedBytes();
    }
}
