package org.rduzoo.runners.chat;

import java.util.Optional;

/// Python's `'{} {name[key]:>8}'.format(…)`.
final class BraceFormat {

    private final String format;
    private final Arguments arguments;
    private final Evaluator evaluator;
    private int automatic;

    private BraceFormat(String format, Arguments arguments, Evaluator evaluator) {
        this.format = format;
        this.arguments = arguments;
        this.evaluator = evaluator;
    }

    static String of(String format, Arguments arguments, Evaluator evaluator) {
        BraceFormat whole = new BraceFormat(format, arguments, evaluator);
        String text = whole.formatted(format, 2);
        evaluator.budget().characters(text.length());
        return text;
    }

    private String formatted(String part, int levels) {
        if (levels == 0) {
            throw TemplateFailure.of("Max string recursion exceeded");
        }
        StringBuilder result = new StringBuilder();
        for (int i = 0; i < part.length(); i++) {
            char c = part.charAt(i);
            if ((c == '{' || c == '}') && i + 1 < part.length() && part.charAt(i + 1) == c) {
                result.append(c);
                i++;
            } else if (c == '{') {
                int end = end(part, i);
                result.append(field(part.substring(i + 1, end), levels));
                i = end;
            } else if (c == '}') {
                throw TemplateFailure.of("Single '}' encountered in format string");
            } else {
                result.append(c);
            }
        }
        return result.toString();
    }

    private static int end(String part, int open) {
        int depth = 0;
        for (int i = open; i < part.length(); i++) {
            depth += part.charAt(i) == '{' ? 1 : part.charAt(i) == '}' ? -1 : 0;
            if (depth == 0) {
                return i;
            }
        }
        throw TemplateFailure.of("expected '}' before end of string");
    }

    private String field(String field, int levels) {
        int colon = field.indexOf(':');
        String name = colon < 0 ? field : field.substring(0, colon);
        String spec = colon < 0 ? "" : formatted(field.substring(colon + 1), levels - 1);
        int bang = name.indexOf('!');
        Optional<String> conversion = bang < 0 ? Optional.empty() : Optional.of(name.substring(bang + 1));
        Object value = value(bang < 0 ? name : name.substring(0, bang));
        Object converted = conversion
                .<Object>map(c -> switch (c) {
                    case "s" -> Text.of(value, evaluator.budget());
                    case "r", "a" -> Text.repr(value, evaluator.budget());
                    default -> throw TemplateFailure.of("Unknown conversion specifier %s".formatted(c));
                })
                .orElse(value);
        return Formats.format(converted, spec, evaluator.budget());
    }

    private Object value(String path) {
        int at = 0;
        while (at < path.length() && path.charAt(at) != '.' && path.charAt(at) != '[') {
            at++;
        }
        Object value = argument(path.substring(0, at));
        while (at < path.length()) {
            int start = at + 1;
            if (path.charAt(at) == '.') {
                at = start;
                while (at < path.length() && path.charAt(at) != '.' && path.charAt(at) != '[') {
                    at++;
                }
                value = evaluator.attributes().attribute(value, path.substring(start, at));
            } else {
                int close = path.indexOf(']', start);
                if (close < 0) {
                    throw TemplateFailure.of("Missing ']' in format string");
                }
                String key = path.substring(start, close);
                value = evaluator.attributes().item(value, key.matches("\\d{1,9}") ? (Object) Long.valueOf(key) : key);
                at = close + 1;
            }
        }
        return value;
    }

    private Object argument(String name) {
        if (name.isEmpty() || name.matches("\\d{1,9}")) {
            int place = name.isEmpty() ? automatic++ : Integer.parseInt(name);
            if (place >= arguments.positional().size()) {
                throw TemplateFailure.of(
                        "Replacement index %d out of range for positional args tuple of '%s'".formatted(place, format));
            }
            return arguments.positional().get(place);
        }
        if (!arguments.named().containsKey(name)) {
            throw TemplateFailure.of("format() has no argument %s".formatted(Text.quoted(name)));
        }
        return arguments.named().getOrDefault(name, None.NONE);
    }
}
