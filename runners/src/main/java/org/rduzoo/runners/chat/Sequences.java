package org.rduzoo.runners.chat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/// What can be walked, counted and cut.
final class Sequences {

    private Sequences() {}

    /// Python's `iter(value)`. Each value that it gives counts as a step.
    static Iterator<Object> iterator(Object value, Budget budget) {
        Iterator<? extends Object> values = switch (value) {
            case String text -> {
                budget.characters(text.length());
                yield Strings.characters(text).iterator();
            }
            case List<?> list -> Collections.unmodifiableList(list).iterator();
            case Map<?, ?> map -> Collections.unmodifiableMap(map).keySet().iterator();
            case View view -> view.values().iterator();
            case Generator generator -> generator.values();
            case Undefined _ -> Collections.emptyIterator();
            case Loop loop -> loop.rest();
            default -> throw TemplateFailure.of("'%s' object is not iterable".formatted(Types.name(value)));
        };
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return values.hasNext();
            }

            @Override
            public Object next() {
                budget.steps(1);
                return values.next();
            }
        };
    }

    /// Python's `list(value)`.
    static List<Object> list(Object value, Budget budget) {
        List<Object> items = new ArrayList<>();
        iterator(value, budget).forEachRemaining(items::add);
        return items;
    }

    /// Python's `len(value)`.
    static long length(Object value) {
        return switch (value) {
            case String text -> Strings.length(text);
            case List<?> list -> list.size();
            case Map<?, ?> map -> map.size();
            case View view -> view.values().size();
            case Undefined _ -> 0;
            case Loop loop -> loop.length();
            default -> throw TemplateFailure.of("object of type '%s' has no len()".formatted(Types.name(value)));
        };
    }

    /// Bounds of a slice; `None` where one is left out.
    record Bounds(Object start, Object stop, Object step) {}

    /// Python's `value[start:stop:step]`.
    static Object slice(Object value, Bounds bounds, Budget budget) {
        return switch (value) {
            case String text
            when isAscii(text) && bounds.step() instanceof None -> {
                int[] range = range(bounds, text.length());
                budget.characters(range[1]);
                yield text.substring(range[0], range[0] + range[1]);
            }
            case String text -> {
                int[] points = text.codePoints().toArray();
                budget.characters(points.length);
                int[] range = range(bounds, points.length);
                StringBuilder result = new StringBuilder();
                for (int i = 0; i < range[1]; i++) {
                    result.appendCodePoint(points[range[0] + i * range[2]]);
                }
                yield result.toString();
            }
            case List<?> list -> {
                int[] range = range(bounds, list.size());
                budget.steps(range[1]);
                List<Object> result = new ArrayList<>(range[1]);
                for (int i = 0; i < range[1]; i++) {
                    result.add(list.get(range[0] + i * range[2]));
                }
                yield list instanceof Tuple ? new Tuple(result) : result;
            }
            case Undefined undefined -> throw undefined.failure();
            default -> new Undefined(Types.described(value) + " has no element slice");
        };
    }

    private static boolean isAscii(String text) {
        return text.chars().allMatch(c -> c < 128);
    }

    /// The first place, how many, and the step from one to the next.
    private static int[] range(Bounds bounds, int length) {
        int step = bounds.step() instanceof None ? 1 : Numbers.index(bounds.step());
        if (step == 0) {
            throw TemplateFailure.of("slice step cannot be zero");
        }
        int low = step > 0 ? 0 : -1;
        int high = step > 0 ? length : length - 1;
        int start = bounds.start() instanceof None ? (step > 0 ? low : high) : bound(bounds.start(), length, low, high);
        int stop = bounds.stop() instanceof None ? (step > 0 ? high : low) : bound(bounds.stop(), length, low, high);
        long distance = step > 0 ? (long) stop - start : (long) start - stop;
        long stride = Math.abs((long) step);
        int count = distance <= 0 ? 0 : (int) ((distance + stride - 1) / stride);
        return new int[] {start, count, step};
    }

    private static int bound(Object value, int length, int low, int high) {
        long index = Numbers.index(value);
        return Math.clamp(index < 0 ? index + length : index, low, high);
    }
}
