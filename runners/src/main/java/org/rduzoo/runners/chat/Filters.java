package org.rduzoo.runners.chat;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// Jinja's filters by name: those on texts and numbers, and what [ListFilters] has.
final class Filters {

    /// What a filter does.
    interface Filter {

        Object apply(Object value, Arguments arguments, Evaluator evaluator);
    }

    private static final Map<String, Filter> ALL = all();

    private Filters() {}

    static boolean isKnown(String name) {
        return ALL.containsKey(name);
    }

    static Object apply(String name, Object value, Arguments arguments, Evaluator evaluator) {
        return Optional.ofNullable(ALL.get(name))
                .orElseThrow(() -> TemplateFailure.of("No filter named '%s'.".formatted(name)))
                .apply(value, arguments, evaluator);
    }

    private static Map<String, Filter> all() {
        Map<String, Filter> all = new LinkedHashMap<>(ListFilters.all());
        all.put("default", (v, a, e) -> orDefault(v, a.checked("default", "default_value", "boolean")));
        all.put("string", (v, a, e) -> text(v, e));
        all.put("safe", (v, a, e) -> text(v, e));
        all.put("escape", (v, a, e) -> escaped(text(v, e), e));
        all.put("forceescape", (v, a, e) -> escaped(text(v, e), e));
        all.put("trim", (v, a, e) -> {
            boolean isSpace = a.checked("trim", "chars").get(0, "chars", None.NONE) instanceof None;
            return StringMethods.strip(text(v, e), isSpace ? "" : a.text(0, "chars"), isSpace, true, true);
        });
        all.put("upper", (v, a, e) -> text(v, e).toUpperCase(Locale.ROOT));
        all.put("lower", (v, a, e) -> text(v, e).toLowerCase(Locale.ROOT));
        all.put("capitalize", (v, a, e) -> Strings.capitalized(text(v, e)));
        all.put("title", (v, a, e) -> StringMethods.title(text(v, e), true));
        all.put("replace", (v, a, e) -> replaced(v, a.checked("replace", "old", "new", "count"), e));
        all.put("indent", (v, a, e) -> indented(v, a.checked("indent", "width", "first", "blank"), e));
        all.put("wordcount", (v, a, e) -> wordCount(text(v, e)));
        all.put(
                "truncate",
                (v, a, e) -> truncated(text(v, e), a.checked("truncate", "length", "killwords", "end", "leeway")));
        all.put("center", (v, a, e) -> StringMethods.centered(text(v, e), a.integer(0, "width", 80), ' ', e.budget()));
        all.put(
                "format",
                (v, a, e) -> Formats.percent(
                        text(v, e),
                        a.named().isEmpty() ? new Tuple(a.positional()) : new LinkedHashMap<Object, Object>(a.named()),
                        e.budget()));
        all.put("tojson", (v, a, e) -> JsonText.of(v, a, e.budget()));
        all.put("pprint", (v, a, e) -> Text.repr(v, e.budget()));
        all.put("int", (v, a, e) -> whole(v, a.checked("int", "default", "base")));
        all.put("float", (v, a, e) -> {
            Optional<Double> real = Numbers.toReal(v);
            return real.isPresent()
                    ? (Object) real.get()
                    : a.checked("float", "default").get(0, "default", 0.0);
        });
        all.put(
                "abs",
                (v, a, e) -> number(v) instanceof Double d
                        ? (Object) Math.abs(d)
                        : Numbers.of(Numbers.whole(v).abs()));
        all.put("round", (v, a, e) -> rounded(number(v), a.checked("round", "precision", "method")));
        all.put("attr", (v, a, e) -> e.attributes().attribute(v, a.text(0, "name")));
        all.put("d", (v, a, e) -> orDefault(v, a.checked("default", "default_value", "boolean")));
        all.put("e", (v, a, e) -> escaped(text(v, e), e));
        return Map.copyOf(all);
    }

    private static String text(Object value, Evaluator evaluator) {
        String text = Text.of(value, evaluator.budget());
        evaluator.budget().characters(text.length());
        return text;
    }

    private static Object number(Object value) {
        if (value instanceof Undefined undefined) {
            throw undefined.failure();
        }
        if (!Types.isNumber(value)) {
            throw TemplateFailure.of("a number is needed, not %s".formatted(Types.name(value)));
        }
        return value;
    }

    private static Object orDefault(Object value, Arguments arguments) {
        boolean isReplaced = value instanceof Undefined || (arguments.flag(1, "boolean") && !Types.isTrue(value));
        return isReplaced ? arguments.get(0, "default_value", "") : value;
    }

    private static String escaped(String text, Evaluator evaluator) {
        evaluator.budget().characters(5L * text.length());
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("'", "&#39;")
                .replace("\"", "&#34;");
    }

    private static String replaced(Object value, Arguments arguments, Evaluator evaluator) {
        Budget budget = evaluator.budget();
        Object count = arguments.get(2, "count", None.NONE);
        return Strings.replace(
                text(value, evaluator),
                Text.of(arguments.get(0, "old"), budget),
                Text.of(arguments.get(1, "new"), budget),
                count instanceof None ? -1 : Numbers.index(count),
                budget);
    }

    private static String indented(Object value, Arguments arguments, Evaluator evaluator) {
        Budget budget = evaluator.budget();
        Object width = arguments.get(0, "width", 4L);
        boolean blank = arguments.flag(2, "blank");
        if (!(width instanceof String)) {
            budget.characters(Math.max(0, Numbers.index(width)));
        }
        String indention = width instanceof String s ? s : " ".repeat(Math.max(0, Numbers.index(width)));
        if (!(value instanceof String text)) {
            throw TemplateFailure.of("indent needs a str, not %s".formatted(Types.name(value)));
        }
        StringBuilder result = new StringBuilder(arguments.flag(1, "first") ? indention : "");
        boolean isFirst = true;
        for (Object each : Strings.lines(text + "\n", false)) {
            String line = Text.of(each, budget);
            budget.characters(indention.length() + line.length() + 1L);
            result.append(isFirst ? "" : "\n").append(!isFirst && (blank || !line.isEmpty()) ? indention : "");
            result.append(line);
            isFirst = false;
        }
        return result.toString();
    }

    private static Object wordCount(String text) {
        long words = 0;
        boolean isInWord = false;
        for (int c : text.codePoints().toArray()) {
            boolean isWord = Character.isLetterOrDigit(c) || c == '_';
            words += isWord && !isInWord ? 1 : 0;
            isInWord = isWord;
        }
        return words;
    }

    private static Object truncated(String text, Arguments arguments) {
        int length = arguments.integer(0, "length", 255);
        String end = arguments.text(2, "end", "...");
        int leeway = arguments.get(3, "leeway", None.NONE) instanceof None ? 5 : arguments.integer(3, "leeway", 5);
        if (length < Strings.length(end)) {
            throw TemplateFailure.of("expected length >= %d, got %d".formatted(Strings.length(end), length));
        }
        if (Strings.length(text) <= length + (long) leeway) {
            return text;
        }
        String cut = text.substring(0, text.offsetByCodePoints(0, length - Strings.length(end)));
        int space = cut.lastIndexOf(' ');
        return (arguments.flag(1, "killwords") || space < 0 ? cut : cut.substring(0, space)) + end;
    }

    private static Object whole(Object value, Arguments arguments) {
        return Numbers.toWhole(value, arguments.integer(1, "base", 10))
                .or(() -> Numbers.toReal(value).flatMap(real -> Numbers.toWhole(real, 10)))
                .orElseGet(() -> arguments.get(0, "default", 0L));
    }

    private static Object rounded(Object value, Arguments arguments) {
        int places = arguments.integer(0, "precision", 0);
        String method = arguments.text(1, "method", "common");
        if (method.equals("common")) {
            return Numbers.rounded(value, places);
        }
        double scale = Math.pow(10, places);
        return switch (method) {
            case "ceil" -> Math.ceil(Numbers.real(value) * scale) / scale;
            case "floor" -> Math.floor(Numbers.real(value) * scale) / scale;
            default -> throw TemplateFailure.of("method must be common, ceil or floor");
        };
    }
}
