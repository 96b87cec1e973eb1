package org.rduzoo.runners.chat;

import java.time.Clock;
import java.time.LocalDateTime;
import java.util.HashMap;
import org.rduzoo.samba.UserError;

/// The functions that every template can call.
final class Globals {

    private Globals() {}

    static void into(Scope scope, Budget budget, Clock clock) {
        add(scope, "raise_exception", arguments -> {
            throw new UserError(
                    Text.of(arguments.checked("raise_exception", "message").get(0, "message"), budget));
        });
        add(
                scope,
                "strftime_now",
                arguments -> Dates.formatted(
                        arguments.checked("strftime_now", "format").text(0, "format"), LocalDateTime.now(clock)));
        add(scope, "range", arguments -> range(arguments));
        add(scope, "dict", arguments -> Dicts.of(arguments, budget));
        add(scope, "namespace", arguments -> {
            Namespace namespace = new Namespace(Dicts.of(arguments, budget));
            namespace.attributes().keySet().forEach(name -> Namespace.checked(Text.of(name, budget)));
            return namespace;
        });
        add(scope, "joiner", arguments -> joiner(arguments.text(0, "sep", ", ")));
        add(scope, "cycler", arguments -> cycler(arguments));
    }

    private static void add(Scope scope, String name, Function.Body body) {
        scope.set(name, new Function(name, body));
    }

    private static Object range(Arguments arguments) {
        int n = arguments.positional().size();
        if (n < 1 || n > 3 || !arguments.named().isEmpty()) {
            throw TemplateFailure.of("range expected 1 to 3 arguments, got %d".formatted(n));
        }
        long first = Numbers.index(arguments.get(0, "start"));
        return n == 1
                ? new Range(0, first, 1)
                : new Range(first, Numbers.index(arguments.get(1, "stop")), arguments.integer(2, "step", 1));
    }

    /// A function that gives nothing the first time and `separator` from then on.
    private static Object joiner(String separator) {
        boolean[] used = new boolean[1];
        return new Function("joiner", _ -> {
            String text = used[0] ? separator : "";
            used[0] = true;
            return text;
        });
    }

    private static Object cycler(Arguments items) {
        if (items.positional().isEmpty()) {
            throw TemplateFailure.of("at least one item has to be provided");
        }
        int[] place = new int[1];
        Namespace cycler = new Namespace(new HashMap<>());
        cycler.attributes().put("next", new Function("next", _ -> {
            Object item = items.positional().get(place[0]);
            place[0] = (place[0] + 1) % items.positional().size();
            return item;
        }));
        cycler.attributes().put("reset", new Function("reset", _ -> {
            place[0] = 0;
            return None.NONE;
        }));
        return cycler;
    }
}
