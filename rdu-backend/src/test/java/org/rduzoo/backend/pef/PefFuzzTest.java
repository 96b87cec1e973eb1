package org.rduzoo.backend.pef;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rduzoo.backend.SampleGraphs;
import org.rduzoo.backend.section.OptLevel;
import org.rduzoo.samba.UserError;

/// Files that a PEF might have become: each is read as what it is, or refused with one message.
class PefFuzzTest {

    private static final int RAW_MUTANTS = 10_000;
    private static final int SEALED_MUTANTS = 10_000;
    private static final Pattern NUMBERS = Pattern.compile("\\d+");
    private static final Pattern WORDS = Pattern.compile("[a-z_]+|\"[^\"]*\"");

    private static final Pattern CHUNKS =
            Pattern.compile("(?s)(?=(?:MANI|CONF|GRPH|PLAN|TABL)[\\x00-\\xff]{2}[\\x00-\\x7f]\\x00{5})");

    /// Reading takes the file a few times over, as text, tokens, graph and plan. On top of that, a constant of one
    /// repeated number may have 2²² elements of 8 bytes however short its text is.
    private static final long BYTES_FOR_EACH_BYTE = 2_000;

    private static final long BYTES_AT_MOST = 96L << 20;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    @TempDir
    Path folder;

    private static Pef sample(int which) {
        return switch (which) {
            case 0 -> SamplePefs.of(SamplePefs.ARGUMENTS, OptLevel.O1, SampleGraphs.encoder(1, 16, 2, 2, 4));
            case 1 ->
                SamplePefs.of(
                        SamplePefs.ARGUMENTS,
                        OptLevel.O3,
                        SampleGraphs.decoder("prefill", 1, 16, 2, 1, 32, 8, 50),
                        SampleGraphs.decoder("decode", 1, 16, 2, 1, 32, 1, 50));
            default -> SamplePefs.of(SamplePefs.ARGUMENTS, OptLevel.O3, SampleGraphs.training(2, 8, false));
        };
    }

    @Test
    void alteredFilesAreRefused() throws IOException {
        Path file = folder.resolve("mutant.pef");
        for (int i = 0; i < RAW_MUTANTS; i++) {
            SplittableRandom random = new SplittableRandom(i);
            byte[] good = BYTES[i % BYTES.length];
            byte[] mutant = mutate(good, random);
            Files.write(file, mutant);
            long before = threads.getCurrentThreadAllocatedBytes();
            try {
                Pef.read(file);
                assertThat(mutant).as("mutant %d was read", i).isEqualTo(good);
            } catch (UserError e) {
                assertThat(e)
                        .as("mutant %d", i)
                        .hasMessageStartingWith(file + " ")
                        .hasMessageContaining("Compile it again");
            }
            assertThat(threads.getCurrentThreadAllocatedBytes() - before)
                    .as("bytes allocated for mutant %d", i)
                    .isLessThan(1_000_000 + BYTES_FOR_EACH_BYTE * mutant.length);
        }
    }

    @Test
    void alteredContentUnderARightChecksumIsReadAsWhatItSaysOrRefused() {
        int read = 0;
        for (int i = 0; i < SEALED_MUTANTS; i++) {
            SplittableRandom random = new SplittableRandom(i);
            byte[] good = CONTENTS[i % CONTENTS.length];
            byte[] mutant = switch (random.nextInt(4)) {
                case 0 -> mutate(good, random);
                case 1 -> replaceOne(good, NUMBERS, number(random), random);
                case 2 -> swapWords(good, random);
                default -> consistent(good, random);
            };
            byte[] header = Arrays.copyOf(PefFormat.seal(mutant), PefFormat.HEADER_BYTES);
            long before = threads.getCurrentThreadAllocatedBytes();
            try {
                Pef pef = PefFormat.read(header, mutant);
                assertThat(PefFormat.content(pef)).as("mutant %d", i).isEqualTo(mutant);
                read += Arrays.equals(mutant, good) ? 0 : 1;
            } catch (PefFormat.Refused e) {
                assertThat(e.getMessage()).as("mutant %d", i).isNotBlank();
            } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
                fail("mutant " + i, e);
            }
            assertThat(threads.getCurrentThreadAllocatedBytes() - before)
                    .as("bytes allocated for mutant %d", i)
                    .isLessThan(BYTES_AT_MOST + BYTES_FOR_EACH_BYTE * mutant.length);
        }
        assertThat(read).as("mutants that are PEFs of something else").isPositive();
    }

    private static final byte[][] CONTENTS = {
        PefFormat.content(sample(0)), PefFormat.content(sample(1)), PefFormat.content(sample(2))
    };

    private static final byte[][] BYTES = {
        sample(0).toBytes(), sample(1).toBytes(), sample(2).toBytes()
    };

    /// Bits flipped, bytes overwritten, stretches removed, doubled or moved, the end cut off.
    private static byte[] mutate(byte[] good, SplittableRandom random) {
        byte[] bytes = good.clone();
        for (int n = 1 + random.nextInt(3); n > 0; n--) {
            int at = random.nextInt(bytes.length);
            int length = Math.min(bytes.length - at, 1 + random.nextInt(64));
            switch (random.nextInt(6)) {
                case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> Arrays.fill(bytes, at, at + length, (byte) random.nextInt());
                case 2 -> bytes = splice(bytes, at, length, new byte[0]);
                case 3 -> bytes = splice(bytes, at, 0, Arrays.copyOfRange(bytes, at, at + length));
                case 4 ->
                    bytes = splice(bytes, random.nextInt(bytes.length), 0, Arrays.copyOfRange(bytes, at, at + length));
                default -> bytes = Arrays.copyOf(bytes, Math.max(1, at));
            }
        }
        return bytes;
    }

    /// One match of the pattern replaced, lengths of chunks left as they are if the text is as long.
    private static byte[] replaceOne(byte[] good, Pattern pattern, String text, SplittableRandom random) {
        String content = new String(good, StandardCharsets.ISO_8859_1);
        MatchResult[] matches = pattern.matcher(content).results().toArray(MatchResult[]::new);
        MatchResult match = matches[random.nextInt(matches.length)];
        return rechunked(content.substring(0, match.start()) + text + content.substring(match.end()));
    }

    private static byte[] swapWords(byte[] good, SplittableRandom random) {
        String content = new String(good, StandardCharsets.ISO_8859_1);
        String[] words =
                WORDS.matcher(content).results().map(MatchResult::group).toArray(String[]::new);
        return replaceOne(good, WORDS, words[random.nextInt(words.length)], random);
    }

    /// A word or number replaced everywhere, so that graphs, plans and tables may still agree.
    private static byte[] consistent(byte[] good, SplittableRandom random) {
        String content = new String(good, StandardCharsets.ISO_8859_1);
        String[] words =
                WORDS.matcher(content).results().map(MatchResult::group).toArray(String[]::new);
        String word = words[random.nextInt(words.length)];
        String other = random.nextBoolean() ? words[random.nextInt(words.length)] : word.replaceAll("[aeiou]", "y");
        return rechunked(content.replace(word, other));
    }

    private static String number(SplittableRandom random) {
        return switch (random.nextInt(5)) {
            case 0 -> "0";
            case 1 -> "2147483647";
            case 2 -> "99999999999999999999";
            case 3 -> Long.toString(Long.MAX_VALUE);
            default -> Integer.toString(random.nextInt(100));
        };
    }

    private static byte[] splice(byte[] bytes, int at, int removed, byte[] added) {
        byte[] spliced = new byte[bytes.length - removed + added.length];
        System.arraycopy(bytes, 0, spliced, 0, at);
        System.arraycopy(added, 0, spliced, at, added.length);
        System.arraycopy(bytes, at + removed, spliced, at + added.length, bytes.length - at - removed);
        return spliced.length == 0 ? new byte[1] : spliced;
    }

    /// Gives each chunk the length that it has now, so that its text is looked at.
    private static byte[] rechunked(String content) {
        List<String> chunks = CHUNKS.splitAsStream(content).toList();
        StringBuilder whole = new StringBuilder();
        for (String chunk : chunks) {
            if (chunk.length() < 12) {
                whole.append(chunk);
                continue;
            }
            whole.append(chunk, 0, 4);
            int length = chunk.length() - 12;
            for (int i = 0; i < 8; i++) {
                whole.append((char) ((long) length >>> (8 * i) & 0xff));
            }
            whole.append(chunk, 12, chunk.length());
        }
        return whole.toString().getBytes(StandardCharsets.ISO_8859_1);
    }
}
