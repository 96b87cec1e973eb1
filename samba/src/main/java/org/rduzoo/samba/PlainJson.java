package org.rduzoo.samba;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// JSON as programs mostly write it, read in the first milliseconds of a command, when a library would have to be
/// loaded first. It takes nothing that a library would refuse and says of nothing what is wrong: what it leaves, for an
/// escape, a number of many digits, a name that stands twice or a mistake, is the library's to read or to refuse.
///
/// Objects are maps in the order of the text, lists lists, and numbers `Integer`, `Long` or `Double`.
public final class PlainJson {

    private static final int MOST_DEPTH = 16;

    /// What is longer takes its time in any case.
    private static final int MOST_LENGTH = 1 << 20;

    /// No number of so many digits is too large for a `long`.
    private static final int MOST_DIGITS = 18;

    private final String text;
    private final char[] chars;
    private int at;

    private PlainJson(String text) {
        this.text = text;
        this.chars = text.toCharArray();
    }

    /// What makes this give up.
    private static final class NotPlain extends RuntimeException {

        private static final long serialVersionUID = 1;

        NotPlain() {
            super(null, null, false, false);
        }
    }

    /// The object that `json` is, if it is plain.
    @SuppressWarnings("unchecked")
    public static Optional<Map<String, @Nullable Object>> object(String json) {
        if (json.length() > MOST_LENGTH) {
            return Optional.empty();
        }
        PlainJson parser = new PlainJson(json);
        try {
            if (parser.next() != '{') {
                return Optional.empty();
            }
            Map<String, @Nullable Object> map = parser.map(1);
            return parser.atEnd() ? Optional.of(map) : Optional.empty();
        } catch (NotPlain _) {
            return Optional.empty();
        }
    }

    /// The character that the next token begins with; it stays.
    private char next() {
        if (atEnd()) {
            throw new NotPlain();
        }
        return chars[at];
    }

    private boolean atEnd() {
        while (at < chars.length && (chars[at] == ' ' || chars[at] == '\n' || chars[at] == '\r' || chars[at] == '\t')) {
            at++;
        }
        return at == chars.length;
    }

    private boolean eat(char c) {
        if (next() != c) {
            return false;
        }
        at++;
        return true;
    }

    private void expect(char c) {
        if (!eat(c)) {
            throw new NotPlain();
        }
    }

    private Map<String, @Nullable Object> map(int depth) {
        expect('{');
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        if (eat('}')) {
            return map;
        }
        do {
            next();
            String name = string();
            expect(':');
            int before = map.size();
            map.put(name, value(depth));
            if (map.size() == before) {
                throw new NotPlain();
            }
        } while (eat(','));
        expect('}');
        return map;
    }

    private List<@Nullable Object> list(int depth) {
        expect('[');
        List<@Nullable Object> list = new ArrayList<>();
        if (eat(']')) {
            return list;
        }
        do {
            list.add(value(depth));
        } while (eat(','));
        expect(']');
        return list;
    }

    private @Nullable Object value(int depth) {
        if (depth == MOST_DEPTH) {
            throw new NotPlain();
        }
        return switch (next()) {
            case '{' -> map(depth + 1);
            case '[' -> list(depth + 1);
            case '"' -> string();
            case 't' -> word("true", true);
            case 'f' -> word("false", false);
            case 'n' -> word("null", null);
            default -> number();
        };
    }

    private @Nullable Object word(String word, @Nullable Object value) {
        if (!text.startsWith(word, at)) {
            throw new NotPlain();
        }
        at += word.length();
        return value;
    }

    private String string() {
        if (chars[at] != '"') {
            throw new NotPlain();
        }
        int start = ++at;
        while (at < chars.length && chars[at] != '"') {
            char c = chars[at];
            // What is no UTF-8 was decoded to the last of these.
            if (c < ' ' || c == '\\' || Character.isSurrogate(c) || c == '\ufffd') {
                throw new NotPlain();
            }
            at++;
        }
        if (at == chars.length) {
            throw new NotPlain();
        }
        return text.substring(start, at++);
    }

    private Number number() {
        int start = at;
        boolean negative = chars[at] == '-';
        at += negative ? 1 : 0;
        int first = at;
        long whole = digits();
        int count = at - first;
        if (count == 0 || (count > 1 && chars[first] == '0')) {
            throw new NotPlain();
        }
        boolean decimal = false;
        if (at < chars.length && chars[at] == '.') {
            at++;
            decimal = true;
            requireDigits();
        }
        if (at < chars.length && (chars[at] == 'e' || chars[at] == 'E')) {
            at++;
            decimal = true;
            if (at < chars.length && (chars[at] == '+' || chars[at] == '-')) {
                at++;
            }
            requireDigits();
        }
        if (decimal) {
            double value = Double.parseDouble(text.substring(start, at));
            if (Double.isInfinite(value)) {
                throw new NotPlain();
            }
            return value;
        }
        if (negative && whole == 0) {
            throw new NotPlain();
        }
        long value = negative ? -whole : whole;
        if ((int) value == value) {
            return (int) value;
        }
        return value;
    }

    private void requireDigits() {
        int start = at;
        digits();
        if (at == start) {
            throw new NotPlain();
        }
    }

    private long digits() {
        int start = at;
        long value = 0;
        while (at < chars.length && chars[at] >= '0' && chars[at] <= '9') {
            value = 10 * value + chars[at] - '0';
            at++;
            if (at - start > MOST_DIGITS) {
                throw new NotPlain();
            }
        }
        return value;
    }
}
