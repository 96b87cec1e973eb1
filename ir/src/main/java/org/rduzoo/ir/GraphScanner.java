package org.rduzoo.ir;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Reads graph text from front to back, a token at a time. Nothing in it recurses, and nothing is allocated that the
/// text does not pay for with its length.
final class GraphScanner {

    /// No number needs more characters; longer ones would take more than linear time.
    private static final int LONGEST_NUMBER = 40;

    private final String text;
    /// The same, without a call for each.
    private final char[] chars;
    private final UniformConstants uniform = new UniformConstants();
    private int at;

    GraphScanner(String text) {
        this.text = text;
        this.chars = text.toCharArray();
    }

    /// Where the next token starts.
    int position() {
        while (at < chars.length) {
            char c = chars[at];
            if (c == '#') {
                int end = text.indexOf('\n', at);
                at = end < 0 ? chars.length : end;
            } else if (c == ' ' || c == '\n' || c == '\r' || c == '\t') {
                at++;
            } else {
                break;
            }
        }
        return at;
    }

    boolean atEnd() {
        return position() == chars.length;
    }

    private int peek() {
        return atEnd() ? -1 : chars[at];
    }

    boolean atWord() {
        return isLetter(peek());
    }

    /// Whether the next token is this word.
    boolean lookingAt(String word) {
        int start = position();
        int end = start + word.length();
        return text.startsWith(word, start) && (end == chars.length || (!isLetter(chars[end]) && !isDigit(chars[end])));
    }

    boolean eat(char c) {
        if (peek() != c) {
            return false;
        }
        at++;
        return true;
    }

    void expect(char c) {
        if (!eat(c)) {
            throw error("'" + c + "'");
        }
    }

    /// A word of letters, digits and underscores.
    String word(String what) {
        int start = position();
        if (!atWord()) {
            throw error(what);
        }
        while (at < chars.length && (isLetter(chars[at]) || isDigit(chars[at]))) {
            at++;
        }
        return text.substring(start, at);
    }

    boolean truth() {
        int start = position();
        return switch (word("true or false")) {
            case "true" -> true;
            case "false" -> false;
            default -> throw errorAt(start, "true or false");
        };
    }

    /// A constant of an enum, by its name in lower case.
    Object constant(Class<?> type) {
        int start = position();
        Enum<?> constant = Ops.constant(type, word("a " + type.getSimpleName()));
        if (constant == null) {
            throw errorAt(start, "a " + type.getSimpleName());
        }
        return constant;
    }

    long integer(long least, long greatest) {
        int start = position();
        String digits = numeral();
        try {
            long n = Long.parseLong(digits);
            if (n >= least && n <= greatest) {
                return n;
            }
        } catch (NumberFormatException _) {
            // the error below says what is wrong
        }
        throw errorAt(start, "a whole number from %d to %d".formatted(least, greatest));
    }

    double number() {
        int start = position();
        if (isLetter(peek())) {
            return switch (word("a number")) {
                case "nan" -> Double.NaN;
                case "inf" -> Double.POSITIVE_INFINITY;
                default -> throw errorAt(start, "a number");
            };
        }
        if (text.startsWith("-inf", start)) {
            at += 4;
            return Double.NEGATIVE_INFINITY;
        }
        String numeral = numeral();
        try {
            return Double.parseDouble(numeral);
        } catch (NumberFormatException _) {
            throw errorAt(start, "a number");
        }
    }

    /// The characters of a number, which may yet be none.
    private String numeral() {
        int start = position();
        while (at < chars.length && at - start <= LONGEST_NUMBER && isNumeral(chars[at])) {
            at++;
        }
        if (at == start || at - start > LONGEST_NUMBER) {
            throw errorAt(start, "a number");
        }
        return text.substring(start, at);
    }

    String string() {
        int start = position();
        expect('"');
        int end = at;
        while (end < chars.length && chars[end] != '"' && chars[end] != '\\') {
            end++;
        }
        if (end < chars.length && chars[end] == '"') {
            String plain = text.substring(at, end);
            at = end + 1;
            return plain;
        }
        StringBuilder out = new StringBuilder();
        while (at < chars.length) {
            char c = chars[at++];
            if (c == '"') {
                return out.toString();
            }
            out.append(c == '\\' ? escape() : c);
        }
        throw error(start, "a string that ends with '\"'", "the end of the text");
    }

    private char escape() {
        int start = at - 1;
        char c = at < chars.length ? chars[at++] : '\0';
        if (c == '"' || c == '\\') {
            return c;
        }
        int code = c == 'u' && at + 4 <= chars.length ? 0 : -1;
        for (int i = 0; i < 4 && code >= 0; i++) {
            int digit = Character.digit(chars[at + i], 16);
            code = digit < 0 ? -1 : code << 4 | digit;
        }
        if (code < 0) {
            throw errorAt(start, "one of \\\" \\\\ \\uXXXX");
        }
        at += 4;
        return (char) code;
    }

    /// The elements of a constant between parentheses: all of them, or one that stands for all.
    Dense dense(Type type) {
        int start = position();
        if (type.elements() > Layout.Constant.MAX_ELEMENTS) {
            throw error(
                    start,
                    "a constant of at most %d elements".formatted(Layout.Constant.MAX_ELEMENTS),
                    type.toString());
        }
        int elements = (int) type.elements();
        double[] data = new double[Math.min(elements, 16)];
        int n = 0;
        expect('(');
        if (!eat(')')) {
            do {
                if (n == elements) {
                    throw error("%d elements of %s and then ')'".formatted(elements, type));
                }
                if (n == data.length) {
                    data = Arrays.copyOf(data, Math.min(elements, 2 * n));
                }
                data[n++] = element(type.dtype());
            } while (eat(','));
            expect(')');
        }
        if (n == 1 && elements > 1) {
            return uniform.dense(type, data[0])
                    .orElseThrow(() -> error(start, UniformConstants.RULE, "one of " + type + " more"));
        }
        if (n != elements) {
            throw error(start, "%d elements for %s, or one for all".formatted(elements, type), n + " elements");
        }
        return new Dense(type, data.length == n ? data : Arrays.copyOf(data, n));
    }

    private double element(DType dtype) {
        return dtype == DType.BOOL && atWord() && peek() != 'n' && peek() != 'i' ? (truth() ? 1 : 0) : number();
    }

    /// The error that something else stands at the next token.
    GraphSyntaxException error(String expected) {
        return errorAt(position(), expected);
    }

    GraphSyntaxException errorAt(int offset, String expected) {
        return error(offset, expected, excerpt(offset));
    }

    GraphSyntaxException error(int offset, String expected, @Nullable String found) {
        return error(offset, expected, found, null);
    }

    GraphSyntaxException error(int offset, String expected, @Nullable String found, @Nullable Throwable cause) {
        int line = 1;
        int lineStart = 0;
        for (int i = text.indexOf('\n'); i >= 0 && i < offset; i = text.indexOf('\n', i + 1)) {
            line++;
            lineStart = i + 1;
        }
        return new GraphSyntaxException(
                line, offset - lineStart + 1, expected, found == null ? "something else" : found, cause);
    }

    private String excerpt(int offset) {
        if (offset >= text.length()) {
            return "the end of the text";
        }
        int end = offset + 1;
        while (end < text.length() && end < offset + 40 && " \n\r\t,(){}[]=\"".indexOf(text.charAt(end)) < 0) {
            end++;
        }
        StringBuilder out = new StringBuilder();
        AttributeText.quote(text.substring(offset, end), out);
        return out.toString();
    }

    private static boolean isLetter(int c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    }

    private static boolean isDigit(int c) {
        return c >= '0' && c <= '9';
    }

    private static boolean isNumeral(char c) {
        return isDigit(c) || c == '-' || c == '+' || c == '.' || c == 'E' || c == 'e';
    }
}
