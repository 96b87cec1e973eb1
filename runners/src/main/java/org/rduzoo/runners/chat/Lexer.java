package org.rduzoo.runners.chat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/// Cuts a template into tokens, with white space around tags trimmed as Jinja does when `trim_blocks` and
/// `lstrip_blocks` are on: the newline after a block or comment goes, and so does the indentation before it.
final class Lexer {

    private static final List<String> OPERATORS = List.of(
            "**", "//", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<",
            "=", ".", ":", "|", ",", ";");

    private final String source;
    private final List<Token> tokens = new ArrayList<>();
    private int position;
    private int line = 1;
    private int counted;

    private Lexer(String source) {
        String text = source.replace("\r\n", "\n").replace('\r', '\n');
        this.source = text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
    }

    /// The tokens of a template, the last of which is its end.
    static List<Token> tokens(String source) {
        Lexer lexer = new Lexer(source);
        while (lexer.position < lexer.source.length()) {
            lexer.dataAndTag();
        }
        lexer.add(Token.Kind.END, "", lexer.source.length());
        return lexer.tokens;
    }

    private void dataAndTag() {
        int open = opening(position);
        if (open < 0) {
            add(Token.Kind.DATA, source.substring(position), position);
            position = source.length();
            return;
        }
        int inside = open + 2;
        char sign = inside < source.length() ? source.charAt(inside) : ' ';
        inside += sign == '-' || sign == '+' ? 1 : 0;
        char kind = source.charAt(open + 1);
        data(open, sign, kind != '{');
        position = inside;
        switch (kind) {
            case '#' -> comment(open);
            case '{' -> {
                add(Token.Kind.VARIABLE_BEGIN, "{{", open);
                code(Token.Kind.VARIABLE_END, "}}");
            }
            default -> {
                int content = wordThenEnd(inside, "raw", false);
                if (content >= 0) {
                    raw(open, content);
                } else {
                    add(Token.Kind.BLOCK_BEGIN, "{%", open);
                    code(Token.Kind.BLOCK_END, "%}");
                }
            }
        }
    }

    private int opening(int from) {
        for (int i = source.indexOf('{', from); i >= 0; i = source.indexOf('{', i + 1)) {
            if (i + 1 < source.length() && "{%#".indexOf(source.charAt(i + 1)) >= 0) {
                return i;
            }
        }
        return -1;
    }

    /// The text up to a tag, trimmed at its end as the tag asks.
    private void data(int end, char sign, boolean indentationGoes) {
        String text = source.substring(position, end);
        if (sign == '-') {
            text = Strings.stripEnd(text);
        } else if (sign != '+' && indentationGoes) {
            int start = text.lastIndexOf('\n') + 1;
            boolean startsLine = start > 0 || position == 0 || source.charAt(position - 1) == '\n';
            if (startsLine && Strings.isSpace(text.substring(start))) {
                text = text.substring(0, start);
            }
        }
        if (!text.isEmpty()) {
            add(Token.Kind.DATA, text, position);
        }
    }

    private void comment(int open) {
        int end = source.indexOf("#}", position);
        if (end < 0) {
            throw TemplateFailure.of("Missing end of comment tag").at(lineAt(open));
        }
        char sign = end > position ? source.charAt(end - 1) : ' ';
        position = afterTag(end + 2, sign, true);
    }

    private void raw(int open, int content) {
        position = content;
        for (int tag = source.indexOf("{%", content); tag >= 0; tag = source.indexOf("{%", tag + 2)) {
            int inside = tag + 2;
            char sign = inside < source.length() ? source.charAt(inside) : ' ';
            int after = wordThenEnd(inside + (sign == '-' || sign == '+' ? 1 : 0), "endraw", true);
            if (after >= 0) {
                data(tag, sign, true);
                position = after;
                return;
            }
        }
        throw TemplateFailure.of("Missing end of raw directive").at(lineAt(open));
    }

    /// Where a tag of one word ends, or -1 when there is none at `from`.
    private int wordThenEnd(int from, String word, boolean isTrimmed) {
        int at = skipSpace(from);
        if (!source.startsWith(word, at)) {
            return -1;
        }
        at = skipSpace(at + word.length());
        char sign = at < source.length() ? source.charAt(at) : ' ';
        at += sign == '-' || (sign == '+' && isTrimmed) ? 1 : 0;
        return source.startsWith("%}", at) ? afterTag(at + 2, sign, isTrimmed) : -1;
    }

    private int afterTag(int end, char sign, boolean isTrimmed) {
        if (sign == '-') {
            return skipSpace(end);
        }
        return isTrimmed && sign != '+' && source.startsWith("\n", end) ? end + 1 : end;
    }

    private int skipSpace(int from) {
        int at = from;
        while (at < source.length() && Strings.isSpace(source.charAt(at))) {
            at++;
        }
        return at;
    }

    /// The tokens of a tag up to its end, which does not count within brackets.
    private void code(Token.Kind endKind, String end) {
        Deque<Character> open = new ArrayDeque<>();
        while (true) {
            position = skipSpace(position);
            if (position >= source.length()) {
                return;
            }
            if (open.isEmpty() && endsHere(endKind, end)) {
                return;
            }
            char c = source.charAt(position);
            if (Character.isDigit(c)) {
                number();
            } else if (Character.isUnicodeIdentifierStart(c) || c == '_') {
                int start = position;
                while (position < source.length()
                        && (Character.isUnicodeIdentifierPart(source.charAt(position))
                                || source.charAt(position) == '_')) {
                    position++;
                }
                add(Token.Kind.NAME, source.substring(start, position), start);
            } else if (c == '\'' || c == '"') {
                string(c);
            } else {
                operator(open);
            }
        }
    }

    private boolean endsHere(Token.Kind kind, String end) {
        char sign = source.charAt(position);
        boolean isBlock = kind == Token.Kind.BLOCK_END;
        int at = position + (sign == '-' || (sign == '+' && isBlock) ? 1 : 0);
        if (!source.startsWith(end, at)) {
            return false;
        }
        add(kind, end, position);
        position = afterTag(at + end.length(), sign, isBlock);
        return true;
    }

    private void operator(Deque<Character> open) {
        String symbol = OPERATORS.stream()
                .filter(o -> source.startsWith(o, position))
                .findFirst()
                .orElseThrow(() -> TemplateFailure.of("unexpected char '%s'"
                                .formatted(source.substring(position, source.offsetByCodePoints(position, 1))))
                        .at(lineAt(position)));
        switch (symbol) {
            case "(" -> open.push(')');
            case "[" -> open.push(']');
            case "{" -> open.push('}');
            case ")", "]", "}" -> {
                if (open.isEmpty()) {
                    throw TemplateFailure.of("unexpected '%s'".formatted(symbol))
                            .at(lineAt(position));
                }
                char expected = open.pop();
                if (expected != symbol.charAt(0)) {
                    throw TemplateFailure.of("unexpected '%s', expected '%s'".formatted(symbol, expected))
                            .at(lineAt(position));
                }
            }
            default -> {}
        }
        add(Token.Kind.OPERATOR, symbol, position);
        position += symbol.length();
    }

    private void number() {
        int start = position;
        if (source.charAt(start) == '0' && start + 1 < source.length()) {
            char base = Character.toLowerCase(source.charAt(start + 1));
            if (base == 'x' || base == 'o' || base == 'b') {
                position += 2;
                while (position < source.length() && isPart(source.charAt(position), base == 'x')) {
                    position++;
                }
                add(Token.Kind.INTEGER, source.substring(start, position).replace("_", ""), start);
                return;
            }
        }
        digits();
        boolean isFloat = false;
        boolean afterDot = start > 0 && source.charAt(start - 1) == '.';
        if (!afterDot && isDigitAt(position + 1) && source.charAt(position) == '.') {
            position++;
            digits();
            isFloat = true;
        }
        if (!afterDot && position < source.length() && "eE".indexOf(source.charAt(position)) >= 0) {
            char next = position + 1 < source.length() ? source.charAt(position + 1) : ' ';
            int exponent = position + (next == '+' || next == '-' ? 2 : 1);
            if (isDigitAt(exponent)) {
                position = exponent;
                digits();
                isFloat = true;
            }
        }
        String text = source.substring(start, position).replace("_", "");
        add(isFloat ? Token.Kind.FLOAT : Token.Kind.INTEGER, text, start);
    }

    private static boolean isPart(char c, boolean isHex) {
        return c == '_' || (isHex ? Character.digit(c, 16) >= 0 : Character.isDigit(c));
    }

    private boolean isDigitAt(int at) {
        return at < source.length() && Character.isDigit(source.charAt(at));
    }

    private void digits() {
        while (isDigitAt(position) || (position < source.length() && source.charAt(position) == '_')) {
            position++;
        }
    }

    private void string(char quote) {
        int start = position;
        int at = start + 1;
        while (at < source.length() && source.charAt(at) != quote) {
            at += source.charAt(at) == '\\' ? 2 : 1;
        }
        if (at >= source.length()) {
            throw TemplateFailure.of("a string begins here and does not end").at(lineAt(start));
        }
        add(Token.Kind.STRING, Strings.unescaped(source.substring(start + 1, at)), start);
        position = at + 1;
    }

    private void add(Token.Kind kind, String text, int at) {
        tokens.add(new Token(kind, text, lineAt(at)));
    }

    /// The line of a place, which lies behind those asked for before.
    private int lineAt(int at) {
        for (; counted < at; counted++) {
            line += source.charAt(counted) == '\n' ? 1 : 0;
        }
        return line;
    }
}
