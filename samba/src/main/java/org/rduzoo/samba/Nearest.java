package org.rduzoo.samba;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/// The known names nearest to one that is not known, for messages.
public final class Nearest {

    private Nearest() {}

    /// At most `count` of `known`, the nearest first; those too far to be meant are left out.
    public static List<String> of(String name, Collection<String> known, int count) {
        int limit = Math.max(2, name.length() / 2);
        return known.stream()
                .map(k -> new Candidate(k, distance(name, k)))
                .filter(c -> c.distance() <= limit)
                .sorted(Comparator.comparingInt(Candidate::distance).thenComparing(Candidate::name))
                .limit(count)
                .map(Candidate::name)
                .toList();
    }

    /// " Did you mean …?" for the nearest name, or nothing.
    public static String hint(String name, Collection<String> known) {
        return of(name, known, 1).stream()
                .map(n -> " Did you mean " + n + "?")
                .findFirst()
                .orElse("");
    }

    private record Candidate(String name, int distance) {}

    /// How many letters must be put in, taken out or changed to get from `a` to `b` (Levenshtein).
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j < row.length; j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j < row.length; j++) {
                int change = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(change, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.length()];
    }
}
