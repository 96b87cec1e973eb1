package org.rduzoo.checkpoint.file;

import java.util.Arrays;
import java.util.stream.Collectors;

/// How messages name what comes from a file: short, on one line, whatever the file holds.
public final class Named {

    private static final int LONGEST = 120;

    private Named() {}

    /// As in `tensor "model.norm.weight"`.
    public static String tensor(String name) {
        return "tensor \"" + shortened(name) + "\"";
    }

    /// `text`, cut after 120 characters and without control characters.
    public static String shortened(String text) {
        String start = text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "…";
        if (isPlain(start)) {
            return start;
        }
        return start.codePoints()
                .mapToObj(
                        c -> Character.isISOControl(c) || (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE)
                                ? String.format("\\u%04x", c)
                                : Character.toString(c))
                .collect(Collectors.joining());
    }

    private static boolean isPlain(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) < ' ' || text.charAt(i) > '~') {
                return false;
            }
        }
        return true;
    }

    /// As in `[2, 128, 384]`, with at most eight dimensions.
    public static String shape(long[] dims) {
        return Arrays.stream(dims)
                .limit(8)
                .mapToObj(Long::toString)
                .collect(Collectors.joining(", ", "[", dims.length > 8 ? ", …]" : "]"));
    }
}
