package org.rduzoo.runners.chat;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Python's ideas of characters, white space and lines.
final class Strings {

    private Strings() {}

    static boolean isSpace(int c) {
        return (c >= 9 && c <= 13)
                || (c >= 0x1c && c <= 0x20)
                || c == 0x85
                || c == 0xa0
                || c == 0x1680
                || (c >= 0x2000 && c <= 0x200a)
                || c == 0x2028
                || c == 0x2029
                || c == 0x202f
                || c == 0x205f
                || c == 0x3000;
    }

    static boolean isSpace(String text) {
        return text.chars().allMatch(Strings::isSpace);
    }

    static String stripStart(String text) {
        int at = 0;
        while (at < text.length() && isSpace(text.charAt(at))) {
            at++;
        }
        return text.substring(at);
    }

    static String stripEnd(String text) {
        int end = text.length();
        while (end > 0 && isSpace(text.charAt(end - 1))) {
            end--;
        }
        return text.substring(0, end);
    }

    /// `text` without those of `characters` that it begins with.
    static String stripStart(String text, String characters) {
        int at = 0;
        while (at < text.length() && characters.indexOf(text.codePointAt(at)) >= 0) {
            at += Character.charCount(text.codePointAt(at));
        }
        return text.substring(at);
    }

    static String stripEnd(String text, String characters) {
        int end = text.length();
        while (end > 0 && characters.indexOf(text.codePointBefore(end)) >= 0) {
            end -= Character.charCount(text.codePointBefore(end));
        }
        return text.substring(0, end);
    }

    /// Its length in characters, where Java counts UTF-16 units.
    static int length(String text) {
        return text.codePointCount(0, text.length());
    }

    /// Its characters as strings.
    static List<Object> characters(String text) {
        List<Object> all = new ArrayList<>(text.length());
        text.codePoints().forEach(c -> all.add(Character.toString(c)));
        return all;
    }

    /// How often `part` stands in `text`, without overlap.
    static int count(String text, String part) {
        if (part.isEmpty()) {
            return length(text) + 1;
        }
        int n = 0;
        for (int at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length())) {
            n++;
        }
        return n;
    }

    /// The first `most` places of `old` replaced; all of them where `most` is negative.
    static String replace(String text, String old, String fresh, int most, Budget budget) {
        long places = Math.min(count(text, old), most < 0 ? Integer.MAX_VALUE : most);
        budget.characters(text.length() + places * fresh.length());
        StringBuilder result = new StringBuilder();
        int done = 0;
        for (long n = 0; n < places; n++) {
            int at = text.indexOf(old, done);
            if (old.isEmpty()) {
                result.append(fresh);
                int next = n == 0 ? 0 : Character.charCount(text.codePointAt(done));
                if (n > 0) {
                    result.insert(result.length() - fresh.length(), text, done, done + next);
                }
                done += next;
            } else {
                result.append(text, done, at).append(fresh);
                done = at + old.length();
            }
        }
        return result.append(text, done, text.length()).toString();
    }

    /// As Python's `splitlines`.
    static List<Object> lines(String text, boolean keepEnds) {
        List<Object> lines = new ArrayList<>();
        int start = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if ((c >= '\n' && c <= '\r') || (c >= 0x1c && c <= 0x1e) || c == 0x85 || c == 0x2028 || c == 0x2029) {
                int end = c == '\r' && text.startsWith("\n", i + 1) ? i + 2 : i + 1;
                lines.add(text.substring(start, keepEnds ? end : i));
                start = end;
                i = end - 1;
            }
        }
        if (start < text.length()) {
            lines.add(text.substring(start));
        }
        return lines;
    }

    static String capitalized(String text) {
        if (text.isEmpty()) {
            return text;
        }
        int end = text.offsetByCodePoints(0, 1);
        int first = text.codePointAt(0);
        String head = text.substring(0, end).toUpperCase(Locale.ROOT);
        String title = head.length() == end ? Character.toString(Character.toTitleCase(first)) : head;
        return title + text.substring(end).toLowerCase(Locale.ROOT);
    }

    /// A string literal's content with its escapes resolved.
    static String unescaped(String literal) {
        if (literal.indexOf('\\') < 0) {
            return literal;
        }
        StringBuilder text = new StringBuilder();
        int at = 0;
        while (at < literal.length()) {
            char c = literal.charAt(at++);
            if (c != '\\' || at >= literal.length()) {
                text.append(c);
                continue;
            }
            char escape = literal.charAt(at++);
            switch (escape) {
                case '\n' -> {}
                case '\\', '\'', '"' -> text.append(escape);
                case 'n' -> text.append('\n');
                case 't' -> text.append('\t');
                case 'r' -> text.append('\r');
                case 'a' -> text.append('\007');
                case 'b' -> text.append('\b');
                case 'f' -> text.append('\f');
                case 'v' -> text.append('\013');
                case 'x' -> at = hex(literal, at, 2, text);
                case 'u' -> at = hex(literal, at, 4, text);
                case 'U' -> at = hex(literal, at, 8, text);
                case '0', '1', '2', '3', '4', '5', '6', '7' -> {
                    int value = escape - '0';
                    for (int n = 0; n < 2 && at < literal.length() && isOctal(literal.charAt(at)); n++) {
                        value = value * 8 + literal.charAt(at++) - '0';
                    }
                    text.append((char) value);
                }
                default -> text.append('\\').append(escape);
            }
        }
        return text.toString();
    }

    private static boolean isOctal(char c) {
        return c >= '0' && c <= '7';
    }

    private static int hex(String literal, int at, int digits, StringBuilder text) {
        int end = at + digits;
        int code = -1;
        if (end <= literal.length()) {
            try {
                code = Integer.parseInt(literal, at, end, 16);
            } catch (NumberFormatException _) {
                code = -1;
            }
        }
        if (!Character.isValidCodePoint(code)) {
            throw TemplateFailure.of("a string holds '\\%s' without the %d digits of a character"
                    .formatted(literal.charAt(at - 1), digits));
        }
        text.appendCodePoint(code);
        return end;
    }
}
