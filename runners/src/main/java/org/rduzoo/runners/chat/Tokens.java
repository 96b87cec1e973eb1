package org.rduzoo.runners.chat;

import java.util.List;

/// A place in a list of tokens, from where a parser reads on.
final class Tokens {

    private static final int MOST_NESTED = 200;

    private final List<Token> tokens;
    private int position;
    private int depth;

    Tokens(List<Token> tokens) {
        this.tokens = tokens;
    }

    Token peek() {
        return tokens.get(position);
    }

    Token peekSecond() {
        return tokens.get(Math.min(position + 1, tokens.size() - 1));
    }

    Token next() {
        Token token = peek();
        position = Math.min(position + 1, tokens.size() - 1);
        return token;
    }

    int position() {
        return position;
    }

    /// Whether a name stands between `from` and here.
    boolean mention(String name, int from) {
        return tokens.subList(from, position).stream().anyMatch(t -> t.isName(name));
    }

    boolean skipOperator(String symbol) {
        boolean isHere = peek().isOperator(symbol);
        if (isHere) {
            next();
        }
        return isHere;
    }

    boolean skipName(String name) {
        boolean isHere = peek().isName(name);
        if (isHere) {
            next();
        }
        return isHere;
    }

    Token expect(Token.Kind kind, String described) {
        if (!peek().is(kind)) {
            throw failure("expected " + described + ", got " + peek().described());
        }
        return next();
    }

    void expectOperator(String symbol) {
        if (!skipOperator(symbol)) {
            throw failure("expected '" + symbol + "', got " + peek().described());
        }
    }

    TemplateFailure failure(String what) {
        return TemplateFailure.of(what).at(peek().line());
    }

    /// Goes one level into brackets or blocks; [#leave] comes back.
    void enter() {
        if (++depth > MOST_NESTED) {
            throw failure("brackets, operators and blocks nest more than " + MOST_NESTED + " deep");
        }
    }

    void leave() {
        depth--;
    }
}
