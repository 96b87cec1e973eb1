package org.rduzoo.runners.chat;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/// The variable `loop`: where a `for` is in what it walks. It looks ahead only when asked.
final class Loop {

    private Iterator<Object> rest;
    private final Optional<Function> recursion;
    private final int depth;
    private long length;
    private long index;
    private Optional<Object> before = Optional.empty();
    private Optional<Object> current = Optional.empty();
    private Optional<Object> after = Optional.empty();
    private Optional<Arguments> changed = Optional.empty();

    /// @param length how many values there are, or -1 where that is not known yet
    /// @param recursion what a call of `loop` does, where the loop is recursive
    Loop(Iterator<Object> values, long length, int depth, Optional<Function> recursion) {
        this.rest = values;
        this.length = length;
        this.depth = depth;
        this.recursion = recursion;
    }

    boolean hasNext() {
        return after.isPresent() || rest.hasNext();
    }

    Object next() {
        Object value = after.orElseGet(rest::next);
        after = Optional.empty();
        before = current;
        current = Optional.of(value);
        index++;
        return value;
    }

    /// The values to come.
    Iterator<Object> rest() {
        return rest;
    }

    long index() {
        return index;
    }

    int depth() {
        return depth;
    }

    long length() {
        if (length < 0) {
            List<Object> values = new ArrayList<>();
            rest.forEachRemaining(values::add);
            rest = values.iterator();
            length = values.size() + index + (after.isPresent() ? 1 : 0);
        }
        return length;
    }

    private Optional<Object> peek() {
        if (after.isEmpty() && rest.hasNext()) {
            after = Optional.of(rest.next());
        }
        return after;
    }

    Object call(Arguments arguments) {
        return recursion
                .orElseThrow(
                        () -> TemplateFailure.of("The loop must have the 'recursive' marker to be called recursively."))
                .call(arguments);
    }

    Optional<Object> attribute(String name, Budget budget) {
        return Optional.ofNullable(
                switch (name) {
                    case "index" -> index;
                    case "index0" -> index - 1;
                    case "revindex" -> length() - index + 1;
                    case "revindex0" -> length() - index;
                    case "first" -> index == 1;
                    case "last" -> peek().isEmpty();
                    case "length" -> length();
                    case "depth" -> (long) depth;
                    case "depth0" -> depth - 1L;
                    case "previtem" -> before.orElseGet(() -> new Undefined("there is no previous item"));
                    case "nextitem" -> peek().orElseGet(() -> new Undefined("there is no next item"));
                    case "cycle" -> new Function("cycle", this::cycle);
                    case "changed" -> new Function("changed", arguments -> hasChanged(arguments, budget));
                    default -> null;
                });
    }

    private Object cycle(Arguments arguments) {
        if (arguments.positional().isEmpty()) {
            throw TemplateFailure.of("no items for cycling given");
        }
        return arguments.positional().get((int)
                ((index - 1) % arguments.positional().size()));
    }

    private boolean hasChanged(Arguments arguments, Budget budget) {
        boolean isSame = changed.filter(last -> Order.equal(last.positional(), arguments.positional(), budget))
                .isPresent();
        changed = Optional.of(arguments);
        return !isSame;
    }
}
