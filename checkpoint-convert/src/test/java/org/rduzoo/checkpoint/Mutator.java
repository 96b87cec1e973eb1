package org.rduzoo.checkpoint;

import java.util.Arrays;
import java.util.List;
import java.util.Random;

/// Makes damaged files out of good ones, the same ones for the same seed: bits and bytes changed, numbers put where
/// lengths may be, parts cut off, put in, repeated, or taken from another file.
public final class Mutator {

    /// Numbers at the edges of what readers compute with.
    private static final long[] INTERESTING = {
        0,
        1,
        -1,
        2,
        7,
        8,
        9,
        127,
        128,
        255,
        256,
        65_535,
        65_536,
        100_000_000,
        100_000_001,
        Integer.MAX_VALUE,
        Integer.MIN_VALUE,
        1L << 31,
        1L << 32,
        (1L << 32) + 1,
        1L << 40,
        1L << 61,
        1L << 62,
        (1L << 62) + 1,
        Long.MAX_VALUE,
        Long.MIN_VALUE,
    };

    private final List<byte[]> originals;
    private final Random random;

    /// @param originals good files to start from
    public Mutator(long seed, List<byte[]> originals) {
        this.originals = List.copyOf(originals);
        this.random = new Random(seed);
    }

    /// The next damaged file: one to four changes to one of the originals.
    public byte[] next() {
        byte[] file = original().clone();
        for (int changes = 1 + random.nextInt(4); changes > 0; changes--) {
            file = change(file);
        }
        return file;
    }

    private byte[] original() {
        return originals.get(random.nextInt(originals.size()));
    }

    private byte[] change(byte[] file) {
        if (file.length == 0) {
            return new byte[] {(byte) random.nextInt(256)};
        }
        int at = place(file.length);
        switch (random.nextInt(9)) {
            case 0 -> file[at] ^= (byte) (1 << random.nextInt(8));
            case 1 -> file[at] = (byte) random.nextInt(256);
            case 2 -> number(file, at, 1 << random.nextInt(4));
            case 3 -> {
                // A length a little too long or too short.
                file[at] += (byte) (random.nextInt(5) - 2);
            }
            case 4 -> {
                return Arrays.copyOf(file, random.nextInt(file.length));
            }
            case 5 -> {
                return splice(file, at, 0, bytes(1 + random.nextInt(16)));
            }
            case 6 -> {
                return splice(file, at, Math.min(1 + random.nextInt(16), file.length - at), new byte[0]);
            }
            case 7 -> {
                byte[] again = Arrays.copyOfRange(file, at, Math.min(file.length, at + 1 + random.nextInt(64)));
                return splice(file, place(file.length), 0, again);
            }
            default -> {
                byte[] other = original();
                int from = other.length == 0 ? 0 : place(other.length);
                return splice(file, at, 0, Arrays.copyOfRange(other, from, Math.min(other.length, from + 48)));
            }
        }
        return file;
    }

    /// Half of all changes go near the beginning, where formats say how the rest lies.
    private int place(int length) {
        return random.nextInt(random.nextBoolean() ? length : Math.min(length, 64));
    }

    private void number(byte[] file, int at, int width) {
        long value = INTERESTING[random.nextInt(INTERESTING.length)];
        for (int i = 0; i < width && at + i < file.length; i++) {
            file[at + i] = (byte) (value >>> (8 * i));
        }
    }

    private byte[] bytes(int n) {
        byte[] bytes = new byte[n];
        random.nextBytes(bytes);
        return bytes;
    }

    private static byte[] splice(byte[] file, int at, int removed, byte[] added) {
        byte[] spliced = new byte[file.length - removed + added.length];
        System.arraycopy(file, 0, spliced, 0, at);
        System.arraycopy(added, 0, spliced, at, added.length);
        System.arraycopy(file, at + removed, spliced, at + added.length, file.length - at - removed);
        return spliced;
    }
}
