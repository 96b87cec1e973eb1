package org.rduzoo.runners.chat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.IntPredicate;

/// The methods of Python's strings.
final class StringMethods {

    private final String text;
    private final Evaluator evaluator;
    private final Budget budget;

    private StringMethods(String text, Evaluator evaluator) {
        this.text = text;
        this.evaluator = evaluator;
        this.budget = evaluator.budget();
    }

    static Optional<Function> of(String text, String name, Evaluator evaluator) {
        StringMethods methods = new StringMethods(text, evaluator);
        return methods.method(name)
                .map(body -> new Function(name, arguments -> {
                    evaluator.budget().characters(text.length());
                    return body.call(arguments);
                }));
    }

    private Optional<Function.Body> method(String name) {
        return Optional.ofNullable(
                switch (name) {
                    case "strip" -> a -> stripped(a, true, true);
                    case "lstrip" -> a -> stripped(a, true, false);
                    case "rstrip" -> a -> stripped(a, false, true);
                    case "upper" -> a -> text.toUpperCase(Locale.ROOT);
                    case "lower", "casefold" -> a -> text.toLowerCase(Locale.ROOT);
                    case "title" -> a -> title(text, false);
                    case "capitalize" -> a -> Strings.capitalized(text);
                    case "swapcase" -> a -> swapped();
                    case "startswith" -> a -> begins(a, true);
                    case "endswith" -> a -> begins(a, false);
                    case "removeprefix" ->
                        a -> text.startsWith(a.text(0, "prefix"))
                                ? text.substring(a.text(0, "prefix").length())
                                : text;
                    case "removesuffix" ->
                        a -> text.endsWith(a.text(0, "suffix"))
                                ? text.substring(
                                        0, text.length() - a.text(0, "suffix").length())
                                : text;
                    case "replace" ->
                        a -> Strings.replace(
                                text, a.text(0, "old"), a.text(1, "new"), a.integer(2, "count", -1), budget);
                    case "split" -> a -> split(a, false);
                    case "rsplit" -> a -> split(a, true);
                    case "splitlines" -> a -> counted(Strings.lines(text, a.flag(0, "keepends")));
                    case "partition" -> a -> partition(text.indexOf(a.text(0, "sep")), a.text(0, "sep"), false);
                    case "rpartition" -> a -> partition(text.lastIndexOf(a.text(0, "sep")), a.text(0, "sep"), true);
                    case "join" -> a -> joined(text, a.get(0, "iterable"), budget);
                    case "find", "index" -> a -> found(name, a, false);
                    case "rfind", "rindex" -> a -> found(name, a, true);
                    case "count" -> a -> (long) Strings.count(window(a)[0], a.text(0, "sub"));
                    case "format" -> a -> BraceFormat.of(text, a, evaluator);
                    case "zfill" -> a -> Formats.padded(text, '0', '=', a.integer(0, "width", 0), budget);
                    case "ljust" -> a -> padded(a, '<');
                    case "rjust" -> a -> padded(a, '>');
                    case "center" -> a -> centered(text, a.integer(0, "width", 0), fill(a), budget);
                    case "expandtabs" -> a -> text.replace("\t", " ".repeat(8));
                    case "isdigit" -> a -> all(Character::isDigit);
                    case "isdecimal", "isnumeric" -> a -> all(Character::isDigit);
                    case "isalpha" -> a -> all(Character::isLetter);
                    case "isalnum" -> a -> all(Character::isLetterOrDigit);
                    case "isspace" -> a -> all(Strings::isSpace);
                    case "isascii" -> a -> text.chars().allMatch(c -> c < 128);
                    case "isupper" -> a -> isCased(text, true);
                    case "islower" -> a -> isCased(text, false);
                    case "istitle" ->
                        a -> title(text, false).equals(text) && text.chars().anyMatch(Character::isLetter);
                    case "isidentifier" -> a -> text.matches("[\\p{L}_][\\p{L}\\p{N}_]*");
                    default -> null;
                });
    }

    private boolean all(IntPredicate test) {
        return !text.isEmpty() && text.codePoints().allMatch(test);
    }

    /// Whether there are letters with case, all of them upper or all lower.
    static boolean isCased(String text, boolean isUpper) {
        return text.codePoints().anyMatch(isUpper ? Character::isUpperCase : Character::isLowerCase)
                && text.codePoints().noneMatch(isUpper ? Character::isLowerCase : Character::isUpperCase);
    }

    private Object counted(List<Object> parts) {
        budget.steps(parts.size());
        return parts;
    }

    private String stripped(Arguments arguments, boolean atStart, boolean atEnd) {
        Object characters = arguments.checked("strip", "chars").get(0, "chars", None.NONE);
        return strip(
                text,
                characters instanceof None ? "" : arguments.text(0, "chars"),
                characters instanceof None,
                atStart,
                atEnd);
    }

    static String strip(String text, String characters, boolean isSpace, boolean atStart, boolean atEnd) {
        String result = text;
        if (atStart) {
            result = isSpace ? Strings.stripStart(result) : Strings.stripStart(result, characters);
        }
        if (atEnd) {
            result = isSpace ? Strings.stripEnd(result) : Strings.stripEnd(result, characters);
        }
        return result;
    }

    /// Each word with a capital.
    ///
    /// @param atSpaces whether words begin after white space and brackets, as for the filter, or after any non-letter
    static String title(String text, boolean atSpaces) {
        StringBuilder result = new StringBuilder();
        boolean isStart = true;
        for (int c : text.codePoints().toArray()) {
            String one = Character.toString(c);
            result.append(isStart ? Strings.capitalized(one) : one.toLowerCase(Locale.ROOT));
            isStart = atSpaces ? Strings.isSpace(c) || "-({[<".indexOf(c) >= 0 : !Character.isLetter(c);
        }
        return result.toString();
    }

    private String swapped() {
        StringBuilder result = new StringBuilder();
        text.codePoints().forEach(c -> {
            String one = Character.toString(c);
            result.append(Character.isUpperCase(c) ? one.toLowerCase(Locale.ROOT) : one.toUpperCase(Locale.ROOT));
        });
        return result.toString();
    }

    private boolean begins(Arguments arguments, boolean atStart) {
        String part = window(arguments)[0];
        Object given = arguments.get(0, "prefix");
        if (!(given instanceof String || given instanceof Tuple)) {
            throw TemplateFailure.of("%s first arg must be str or a tuple of str, not %s"
                    .formatted(atStart ? "startswith" : "endswith", Types.name(given)));
        }
        List<?> all = given instanceof Tuple tuple ? tuple : List.of(given);
        return all.stream().anyMatch(p -> p instanceof String s && (atStart ? part.startsWith(s) : part.endsWith(s)));
    }

    /// The text between the second and third argument, and what lies before it.
    private String[] window(Arguments arguments) {
        if (!arguments.has(1, "start")) {
            return new String[] {text, ""};
        }
        Object start = arguments.get(1, "start", None.NONE);
        Object stop = arguments.get(2, "end", None.NONE);
        String part = Text.of(Sequences.slice(text, new Sequences.Bounds(start, stop, None.NONE), budget), budget);
        String before =
                Text.of(Sequences.slice(text, new Sequences.Bounds(None.NONE, start, None.NONE), budget), budget);
        return new String[] {part, before};
    }

    private Object found(String name, Arguments arguments, boolean fromEnd) {
        String[] window = window(arguments);
        String part = arguments.text(0, "sub");
        int at = fromEnd ? window[0].lastIndexOf(part) : window[0].indexOf(part);
        if (at >= 0) {
            return (long) Strings.length(window[1]) + window[0].codePointCount(0, at);
        }
        if (name.endsWith("index")) {
            throw TemplateFailure.of("substring not found");
        }
        return -1L;
    }

    private Object partition(int at, String separator, boolean fromEnd) {
        if (separator.isEmpty()) {
            throw TemplateFailure.of("empty separator");
        }
        if (at < 0) {
            return fromEnd ? Tuple.of("", "", text) : Tuple.of(text, "", "");
        }
        return Tuple.of(text.substring(0, at), separator, text.substring(at + separator.length()));
    }

    private Object split(Arguments arguments, boolean fromEnd) {
        Object separator = arguments.checked("split", "sep", "maxsplit").get(0, "sep", None.NONE);
        int given = arguments.integer(1, "maxsplit", -1);
        int most = given < 0 ? Integer.MAX_VALUE : given;
        List<Object> parts;
        if (separator instanceof None) {
            parts = fromEnd ? wordsFromEnd(most) : words(most);
        } else if (arguments.text(0, "sep").isEmpty()) {
            throw TemplateFailure.of("empty separator");
        } else {
            parts = fromEnd ? partsFromEnd(arguments.text(0, "sep"), most) : parts(arguments.text(0, "sep"), most);
        }
        return counted(parts);
    }

    private List<Object> parts(String separator, int most) {
        List<Object> parts = new ArrayList<>();
        int done = 0;
        int at = text.indexOf(separator);
        while (at >= 0 && parts.size() < most) {
            parts.add(text.substring(done, at));
            done = at + separator.length();
            at = text.indexOf(separator, done);
        }
        parts.add(text.substring(done));
        return parts;
    }

    private List<Object> partsFromEnd(String separator, int most) {
        List<Object> parts = new ArrayList<>();
        int end = text.length();
        int at = text.lastIndexOf(separator);
        while (at >= 0 && parts.size() < most) {
            parts.add(text.substring(at + separator.length(), end));
            end = at;
            at = end < separator.length() ? -1 : text.lastIndexOf(separator, end - separator.length());
        }
        parts.add(text.substring(0, end));
        Collections.reverse(parts);
        return parts;
    }

    private List<Object> words(int most) {
        List<Object> words = new ArrayList<>();
        String rest = Strings.stripStart(text);
        int at = 0;
        while (at < rest.length()) {
            if (words.size() == most) {
                words.add(rest.substring(at));
                return words;
            }
            int start = at;
            while (at < rest.length() && !Strings.isSpace(rest.charAt(at))) {
                at++;
            }
            words.add(rest.substring(start, at));
            while (at < rest.length() && Strings.isSpace(rest.charAt(at))) {
                at++;
            }
        }
        return words;
    }

    private List<Object> wordsFromEnd(int most) {
        List<Object> words = new ArrayList<>();
        String rest = Strings.stripEnd(text);
        int at = rest.length();
        while (at > 0) {
            if (words.size() == most) {
                words.add(rest.substring(0, at));
                break;
            }
            int end = at;
            while (at > 0 && !Strings.isSpace(rest.charAt(at - 1))) {
                at--;
            }
            words.add(rest.substring(at, end));
            while (at > 0 && Strings.isSpace(rest.charAt(at - 1))) {
                at--;
            }
        }
        Collections.reverse(words);
        return words;
    }

    private static String joined(String separator, Object values, Budget budget) {
        StringBuilder result = new StringBuilder();
        Iterator<Object> items = Sequences.iterator(values, budget);
        for (int i = 0; items.hasNext(); i++) {
            Object item = items.next();
            if (!(item instanceof String part)) {
                throw TemplateFailure.of(
                        "sequence item %d: expected str instance, %s found".formatted(i, Types.name(item)));
            }
            budget.characters(separator.length() + part.length());
            result.append(i == 0 ? "" : separator).append(part);
        }
        return result.toString();
    }

    private char fill(Arguments arguments) {
        String fill = arguments.text(1, "fillchar", " ");
        if (fill.length() != 1) {
            throw TemplateFailure.of("The fill character must be exactly one character long");
        }
        return fill.charAt(0);
    }

    private String padded(Arguments arguments, char align) {
        return Formats.padded(text, fill(arguments), align, arguments.integer(0, "width", 0), budget);
    }

    /// As Python's `center`, which puts an odd blank on the left only where the width is odd too.
    static String centered(String text, int width, char fill, Budget budget) {
        int missing = width - Strings.length(text);
        if (missing <= 0) {
            return text;
        }
        budget.characters(width);
        int left = missing / 2 + (missing & width & 1);
        String blank = String.valueOf(fill);
        return blank.repeat(left) + text + blank.repeat(missing - left);
    }
}
