package org.rduzoo.runners.data;

import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.rduzoo.samba.Nearest;
import org.rduzoo.samba.UserError;

/// How articles fill rows: `full`, `greedy::drop`, `single::truncate_right` …
public record Packing(Style style, Overflow overflow) {

    public static final Packing FULL = new Packing(Style.FULL, Overflow.NONE);

    /// Which articles share a row.
    public enum Style {
        /// Rows are filled to the last token; articles run on into the next row.
        FULL,
        /// As many whole articles as fit.
        GREEDY,
        /// One.
        SINGLE
    }

    /// What becomes of an article that is longer than a row.
    public enum Overflow {
        /// There is none: it runs on.
        NONE,
        DROP,
        /// Its first tokens go.
        TRUNCATE_LEFT,
        /// Its last tokens go.
        TRUNCATE_RIGHT
    }

    public Packing {
        if ((style == Style.FULL) != (overflow == Overflow.NONE)) {
            throw new IllegalArgumentException(style + " does not go with " + overflow);
        }
    }

    /// All there are.
    public static List<Packing> all() {
        return Stream.concat(
                        Stream.of(FULL),
                        Stream.of(Style.GREEDY, Style.SINGLE)
                                .flatMap(s -> Stream.of(
                                        new Packing(s, Overflow.DROP),
                                        new Packing(s, Overflow.TRUNCATE_LEFT),
                                        new Packing(s, Overflow.TRUNCATE_RIGHT))))
                .toList();
    }

    /// The packing of this name.
    ///
    /// @throws UserError when there is none
    public static Packing of(String text) {
        List<String> names = all().stream().map(Packing::text).toList();
        return all().stream()
                .filter(p -> p.text().equals(text))
                .findFirst()
                .orElseThrow(() -> new UserError("there is no packing \"%s\".%s The packings are %s."
                        .formatted(text, Nearest.hint(text, names), String.join(", ", names))));
    }

    /// As in `greedy::drop`.
    public String text() {
        String name = style.name().toLowerCase(Locale.ROOT);
        return overflow == Overflow.NONE ? name : name + "::" + overflow.name().toLowerCase(Locale.ROOT);
    }
}
