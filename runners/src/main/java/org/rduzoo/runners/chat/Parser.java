package org.rduzoo.runners.chat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Reads a template's blocks.
final class Parser {

    private final Tokens tokens;
    private final ExpressionParser expressions;
    private int loops;

    private Parser(Tokens tokens) {
        this.tokens = tokens;
        this.expressions = new ExpressionParser(tokens);
    }

    static List<Statement> parse(String template) {
        return new Parser(new Tokens(Lexer.tokens(template))).body("the template", Set.of());
    }

    /// Statements up to one of the tags in `ends`, whose `{%` is read and whose name is not.
    private List<Statement> body(String block, Set<String> ends) {
        tokens.enter();
        int start = tokens.peek().line();
        List<Statement> body = new ArrayList<>();
        while (!tokens.peek().is(Token.Kind.END)) {
            Token token = tokens.next();
            switch (token.kind()) {
                case DATA -> body.add(new Statement.Text(token.text(), token.line()));
                case VARIABLE_BEGIN -> {
                    body.add(new Statement.Output(expressions.tuple(true, () -> false), token.line()));
                    tokens.expect(Token.Kind.VARIABLE_END, "'}}'");
                }
                case BLOCK_BEGIN -> {
                    if (ends.contains(tokens.peek().text())) {
                        tokens.leave();
                        return body;
                    }
                    body.add(statement());
                    endOfTag();
                }
                case VARIABLE_END, BLOCK_END, NAME, STRING, INTEGER, FLOAT, OPERATOR, END ->
                    throw TemplateFailure.of("unexpected " + token.described()).at(token.line());
            }
        }
        if (!ends.isEmpty()) {
            throw TemplateFailure.of("Unexpected end of template. '%s' is not closed: expected '%s'."
                            .formatted(
                                    block,
                                    String.join("' or '", ends.stream().sorted().toList())))
                    .at(start);
        }
        tokens.leave();
        return body;
    }

    /// The rest of a tag, then the body of its block, and the end tag's name.
    private List<Statement> bodyUntil(String block, String end) {
        tokens.skipOperator(":");
        endOfTag();
        List<Statement> body = body(block, Set.of(end));
        tokens.next();
        return body;
    }

    private void endOfTag() {
        tokens.expect(Token.Kind.BLOCK_END, "'%}'");
    }

    private Statement statement() {
        Token tag = tokens.expect(Token.Kind.NAME, "a tag's name");
        int line = tag.line();
        return switch (tag.text()) {
            case "if" -> branches(line);
            case "for" -> loop(line);
            case "set" -> set(line);
            case "macro" -> {
                String name = tokens.expect(Token.Kind.NAME, "a name").text();
                yield new Statement.MacroDefinition(signature(name, "macro", "endmacro"), line);
            }
            case "call" -> call(line);
            case "filter" -> {
                List<Expression.Filter> filters = new ArrayList<>();
                do {
                    filters.add(expressions.filter(new Expression.Rendered("", line)));
                } while (tokens.skipOperator("|"));
                yield new Statement.FilterBlock(filters, bodyUntil("filter", "endfilter"), line);
            }
            case "with" -> with(line);
            case "generation" -> new Statement.Generation(bodyUntil("generation", "endgeneration"), line);
            case "print" -> new Statement.Output(expressions.tuple(true, () -> false), line);
            case "break", "continue" -> {
                if (loops == 0) {
                    throw TemplateFailure.of("'%s' outside a loop".formatted(tag.text()))
                            .at(line);
                }
                yield tag.text().equals("break") ? new Statement.Break(line) : new Statement.Continue(line);
            }
            case "include", "import", "from", "extends", "block", "autoescape" ->
                throw TemplateFailure.of("the tag '%s' is not supported: a chat template is one file of text"
                                .formatted(tag.text()))
                        .at(line);
            default ->
                throw TemplateFailure.of("Encountered unknown tag '%s'.".formatted(tag.text()))
                        .at(line);
        };
    }

    private Statement branches(int line) {
        List<Statement.Branch> branches = new ArrayList<>();
        Optional<Expression> test = Optional.of(expressions.tuple(false, () -> false));
        while (true) {
            tokens.skipOperator(":");
            endOfTag();
            List<Statement> body = body("if", test.isPresent() ? Set.of("elif", "else", "endif") : Set.of("endif"));
            branches.add(new Statement.Branch(test, body));
            switch (tokens.next().text()) {
                case "elif" -> test = Optional.of(expressions.tuple(false, () -> false));
                case "else" -> test = Optional.empty();
                default -> {
                    return new Statement.If(branches, line);
                }
            }
        }
    }

    private Statement loop(int line) {
        Statement.Target target = target(false);
        if (!tokens.skipName("in")) {
            throw tokens.failure("expected 'in', got " + tokens.peek().described());
        }
        Expression values = expressions.tuple(false, () -> tokens.peek().isName("recursive"));
        Optional<Expression> test = tokens.skipName("if") ? Optional.of(expressions.expression()) : Optional.empty();
        boolean isRecursive = tokens.skipName("recursive");
        tokens.skipOperator(":");
        endOfTag();
        loops++;
        List<Statement> body = body("for", Set.of("endfor", "else"));
        loops--;
        List<Statement> otherwise = tokens.next().isName("else") ? bodyUntil("for", "endfor") : List.of();
        return new Statement.For(target, values, test, isRecursive, body, otherwise, line);
    }

    private Statement set(int line) {
        Statement.Target target = target(true);
        if (tokens.skipOperator("=")) {
            return new Statement.Set(target, expressions.tuple(true, () -> false), line);
        }
        List<Expression.Filter> filters = new ArrayList<>();
        while (tokens.skipOperator("|")) {
            filters.add(expressions.filter(new Expression.Rendered("", line)));
        }
        return new Statement.SetBlock(target, filters, bodyUntil("set", "endset"), line);
    }

    private Statement with(int line) {
        List<Statement.Target> targets = new ArrayList<>();
        List<Expression> values = new ArrayList<>();
        while (!tokens.peek().is(Token.Kind.BLOCK_END)) {
            if (!targets.isEmpty()) {
                tokens.expectOperator(",");
            }
            targets.add(target(false));
            tokens.expectOperator("=");
            values.add(expressions.expression());
        }
        return new Statement.With(targets, values, bodyUntil("with", "endwith"), line);
    }

    private Statement call(int line) {
        int start = tokens.position();
        List<String> parameters = new ArrayList<>();
        List<Expression> defaults = new ArrayList<>();
        if (tokens.peek().isOperator("(")) {
            parameters(parameters, defaults);
        }
        if (!(expressions.expression() instanceof Expression.Call call)) {
            throw TemplateFailure.of("expected call").at(line);
        }
        return new Statement.CallBlock(call, rest("caller", "call", "endcall", parameters, defaults, start), line);
    }

    private Statement.Signature signature(String name, String block, String end) {
        int start = tokens.position();
        List<String> parameters = new ArrayList<>();
        List<Expression> defaults = new ArrayList<>();
        parameters(parameters, defaults);
        return rest(name, block, end, parameters, defaults, start);
    }

    private Statement.Signature rest(
            String name, String block, String end, List<String> parameters, List<Expression> defaults, int start) {
        int outer = loops;
        loops = 0;
        List<Statement> body = bodyUntil(block, end);
        loops = outer;
        return new Statement.Signature(
                name, parameters, defaults, tokens.mention("varargs", start), tokens.mention("kwargs", start), body);
    }

    private void parameters(List<String> parameters, List<Expression> defaults) {
        tokens.expectOperator("(");
        while (!tokens.skipOperator(")")) {
            if (!parameters.isEmpty()) {
                tokens.expectOperator(",");
            }
            parameters.add(tokens.expect(Token.Kind.NAME, "a name").text());
            if (tokens.skipOperator("=")) {
                defaults.add(expressions.expression());
            } else if (!defaults.isEmpty()) {
                throw tokens.failure("non-default argument follows default argument");
            }
        }
    }

    private Statement.Target target(boolean mayBeAttribute) {
        List<Statement.Target> targets = new ArrayList<>();
        do {
            Token token = tokens.peek();
            if (!targets.isEmpty() && (token.isName("in") || token.isOperator("="))) {
                return new Statement.Target.Several(targets);
            }
            targets.add(oneTarget(mayBeAttribute));
        } while (tokens.skipOperator(","));
        return targets.size() == 1 ? targets.getFirst() : new Statement.Target.Several(targets);
    }

    private Statement.Target oneTarget(boolean mayBeAttribute) {
        if (tokens.skipOperator("(")) {
            tokens.enter();
            Statement.Target inner = target(mayBeAttribute);
            tokens.leave();
            tokens.expectOperator(")");
            return inner;
        }
        Token name = tokens.expect(Token.Kind.NAME, "a name");
        if (Set.of("true", "false", "none", "True", "False", "None").contains(name.text())) {
            throw TemplateFailure.of("can't assign to '%s'".formatted(name.text()))
                    .at(name.line());
        }
        return mayBeAttribute && tokens.skipOperator(".")
                ? new Statement.Target.Attribute(
                        name.text(), tokens.expect(Token.Kind.NAME, "a name").text())
                : new Statement.Target.Variable(name.text());
    }
}
