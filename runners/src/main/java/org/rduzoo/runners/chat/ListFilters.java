package org.rduzoo.runners.chat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/// Jinja's filters on what can be walked.
final class ListFilters {

    private ListFilters() {}

    static Map<String, Filters.Filter> all() {
        Map<String, Filters.Filter> all = new LinkedHashMap<>();
        all.put("length", (v, a, e) -> Sequences.length(v));
        all.put("count", (v, a, e) -> Sequences.length(v));
        all.put("list", (v, a, e) -> Sequences.list(v, e.budget()));
        all.put("first", (v, a, e) -> {
            Iterator<Object> items = Sequences.iterator(v, e.budget());
            return items.hasNext() ? items.next() : new Undefined("No first item, sequence was empty.");
        });
        all.put("last", (v, a, e) -> {
            List<Object> items = Sequences.list(v, e.budget());
            return items.isEmpty() ? new Undefined("No last item, sequence was empty.") : items.getLast();
        });
        all.put("join", (v, a, e) -> joined(v, a.checked("join", "d", "attribute"), e));
        all.put("reverse", (v, a, e) -> reversed(v, e));
        all.put("items", (v, a, e) -> switch (v) {
            case Undefined _ -> Generator.of(Collections.emptyIterator());
            case Map<?, ?> map ->
                Generator.of(e.attributes().items(map).values().iterator());
            default -> throw TemplateFailure.of("Can only get item pairs from a mapping.");
        });
        all.put("map", ListFilters::mapped);
        all.put("select", (v, a, e) -> chosen(v, test(a, e), e));
        all.put("reject", (v, a, e) -> chosen(v, test(a, e).negate(), e));
        all.put("selectattr", (v, a, e) -> chosen(v, attributeTest(a, e), e));
        all.put("rejectattr", (v, a, e) -> chosen(v, attributeTest(a, e).negate(), e));
        all.put(
                "sort",
                (v, a, e) -> Order.sorted(
                        Sequences.list(v, e.budget()),
                        sortKey(a.checked("sort", "reverse", "case_sensitive", "attribute"), 1, 2, e),
                        a.flag(0, "reverse"),
                        e.budget()));
        all.put("dictsort", (v, a, e) -> sortedDict(v, a.checked("dictsort", "case_sensitive", "by", "reverse"), e));
        all.put("unique", (v, a, e) -> unique(v, a.checked("unique", "case_sensitive", "attribute"), e));
        all.put("min", (v, a, e) -> extreme(v, a.checked("min", "case_sensitive", "attribute"), e, "<"));
        all.put("max", (v, a, e) -> extreme(v, a.checked("max", "case_sensitive", "attribute"), e, ">"));
        all.put("sum", (v, a, e) -> sum(v, a.checked("sum", "attribute", "start"), e));
        all.put("groupby", (v, a, e) -> grouped(v, a.checked("groupby", "attribute", "default", "case_sensitive"), e));
        all.put("batch", (v, a, e) -> batches(v, a.checked("batch", "linecount", "fill_with"), e));
        all.put("slice", (v, a, e) -> slices(v, a.checked("slice", "slices", "fill_with"), e));
        return all;
    }

    private static String joined(Object value, Arguments arguments, Evaluator evaluator) {
        Budget budget = evaluator.budget();
        String separator = Text.of(arguments.get(0, "d", ""), budget);
        Object attribute = arguments.get(1, "attribute", None.NONE);
        StringBuilder result = new StringBuilder();
        Iterator<Object> items = Sequences.iterator(value, budget);
        for (boolean isFirst = true; items.hasNext(); isFirst = false) {
            Object item = items.next();
            String part = Text.of(
                    attribute instanceof None ? item : evaluator.attributes().path(item, attribute), budget);
            budget.characters(separator.length() + part.length());
            result.append(isFirst ? "" : separator).append(part);
        }
        return result.toString();
    }

    private static Object reversed(Object value, Evaluator evaluator) {
        if (value instanceof String text) {
            evaluator.budget().characters(text.length());
            return new StringBuilder(text).reverse().toString();
        }
        List<Object> items = Sequences.list(value, evaluator.budget());
        Collections.reverse(items);
        return value instanceof Generator ? items : new Generator("reversed", items.iterator());
    }

    private static Object mapped(Object value, Arguments arguments, Evaluator evaluator) {
        Iterator<Object> items = Sequences.iterator(value, evaluator.budget());
        if (arguments.positional().isEmpty() && arguments.named().containsKey("attribute")) {
            Object attribute = arguments.get(0, "attribute");
            Object otherwise = arguments.get(1, "default", None.NONE);
            return Generator.of(each(items, item -> {
                Object found = evaluator.attributes().path(item, attribute);
                return found instanceof Undefined && !(otherwise instanceof None) ? otherwise : found;
            }));
        }
        if (arguments.positional().isEmpty()) {
            throw TemplateFailure.of("map requires a filter argument");
        }
        String filter = arguments.text(0, "filter");
        Arguments rest = arguments.after(1);
        return Generator.of(each(items, item -> Filters.apply(filter, item, rest, evaluator)));
    }

    private static Iterator<Object> each(Iterator<Object> items, UnaryOperator<Object> change) {
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return items.hasNext();
            }

            @Override
            public Object next() {
                return change.apply(items.next());
            }
        };
    }

    private static Predicate<Object> test(Arguments arguments, Evaluator evaluator) {
        if (arguments.positional().isEmpty()) {
            return Types::isTrue;
        }
        String name = arguments.text(0, "test");
        Arguments rest = arguments.after(1);
        return item -> evaluator.tests().holds(name, item, rest);
    }

    private static Predicate<Object> attributeTest(Arguments arguments, Evaluator evaluator) {
        if (arguments.positional().isEmpty()) {
            throw TemplateFailure.of("Missing parameter for attribute name");
        }
        Object attribute = arguments.get(0, "attribute");
        Predicate<Object> test = test(arguments.after(1), evaluator);
        return item -> test.test(evaluator.attributes().path(item, attribute));
    }

    private static Generator chosen(Object value, Predicate<Object> test, Evaluator evaluator) {
        Iterator<Object> items =
                Types.isTrue(value) ? Sequences.iterator(value, evaluator.budget()) : Collections.emptyIterator();
        return Generator.of(chosen(items, test));
    }

    /// Those of `items` that pass, looked for one at a time.
    static Iterator<Object> chosen(Iterator<Object> items, Predicate<Object> test) {
        return new Iterator<>() {
            private Optional<Object> next = Optional.empty();

            @Override
            public boolean hasNext() {
                while (next.isEmpty() && items.hasNext()) {
                    next = Optional.of(items.next()).filter(test);
                }
                return next.isPresent();
            }

            @Override
            public Object next() {
                if (!hasNext()) {
                    throw new NoSuchElementException();
                }
                Object value = next.orElseThrow();
                next = Optional.empty();
                return value;
            }
        };
    }

    private static Object ignoringCase(Object value) {
        return value instanceof String text ? text.toLowerCase(Locale.ROOT) : value;
    }

    /// What an item is compared by: its attributes, their case ignored unless asked otherwise.
    private static UnaryOperator<Object> sortKey(
            Arguments arguments, int casePlace, int attributePlace, Evaluator evaluator) {
        boolean isExact = arguments.flag(casePlace, "case_sensitive");
        Object attribute = arguments.get(attributePlace, "attribute", None.NONE);
        if (attribute instanceof String text && text.contains(",")) {
            return item -> {
                List<Object> keys = new ArrayList<>();
                for (String part : text.split(",", -1)) {
                    Object key = evaluator.attributes().path(item, part);
                    keys.add(isExact ? key : ignoringCase(key));
                }
                return keys;
            };
        }
        return item -> {
            Object key =
                    attribute instanceof None ? item : evaluator.attributes().path(item, attribute);
            return isExact ? key : ignoringCase(key);
        };
    }

    private static Object sortedDict(Object value, Arguments arguments, Evaluator evaluator) {
        if (!(value instanceof Map<?, ?> map)) {
            throw TemplateFailure.of("dictsort needs a dict, not %s".formatted(Types.name(value)));
        }
        boolean isExact = arguments.flag(0, "case_sensitive");
        String by = arguments.text(1, "by", "key");
        if (!by.equals("key") && !by.equals("value")) {
            throw TemplateFailure.of("You can only sort by either \"key\" or \"value\"");
        }
        int place = by.equals("key") ? 0 : 1;
        return Order.sorted(
                evaluator.attributes().items(map).values(),
                pair -> {
                    Object key = ((Tuple) pair).get(place);
                    return isExact ? key : ignoringCase(key);
                },
                arguments.flag(2, "reverse"),
                evaluator.budget());
    }

    private static Object unique(Object value, Arguments arguments, Evaluator evaluator) {
        var key = sortKey(arguments, 0, 1, evaluator);
        Map<Object, Object> seen = new LinkedHashMap<>();
        List<Object> result = new ArrayList<>();
        for (Object item : Sequences.list(value, evaluator.budget())) {
            int before = seen.size();
            Dicts.put(seen, key.apply(item), item, evaluator.budget());
            if (seen.size() > before) {
                result.add(item);
            }
        }
        return Generator.of(result.iterator());
    }

    private static Object extreme(Object value, Arguments arguments, Evaluator evaluator, String operator) {
        var key = sortKey(arguments, 0, 1, evaluator);
        Iterator<Object> items = Sequences.iterator(value, evaluator.budget());
        if (!items.hasNext()) {
            return new Undefined("No aggregated item, sequence was empty.");
        }
        Object best = items.next();
        while (items.hasNext()) {
            Object item = items.next();
            best = Order.holds(operator, key.apply(item), key.apply(best), evaluator.budget()) ? item : best;
        }
        return best;
    }

    private static Object sum(Object value, Arguments arguments, Evaluator evaluator) {
        Object attribute = arguments.get(0, "attribute", None.NONE);
        Object total = arguments.get(1, "start", 0L);
        Iterator<Object> items = Sequences.iterator(value, evaluator.budget());
        while (items.hasNext()) {
            Object item = items.next();
            Object part =
                    attribute instanceof None ? item : evaluator.attributes().path(item, attribute);
            total = evaluator.arithmetic("+", total, part);
        }
        return total;
    }

    private static Object grouped(Object value, Arguments arguments, Evaluator evaluator) {
        Object attribute = arguments.get(0, "attribute");
        Object otherwise = arguments.get(1, "default", None.NONE);
        boolean isExact = arguments.flag(2, "case_sensitive");
        UnaryOperator<Object> plain = item -> {
            Object key = evaluator.attributes().path(item, attribute);
            return key instanceof Undefined && !(otherwise instanceof None) ? otherwise : key;
        };
        UnaryOperator<Object> key = isExact ? plain : item -> ignoringCase(plain.apply(item));
        List<Object> sorted = Order.sorted(Sequences.list(value, evaluator.budget()), key, false, evaluator.budget());
        List<Object> groups = new ArrayList<>();
        List<Object> group = List.of();
        for (Object item : sorted) {
            if (group.isEmpty() || !Order.equal(key.apply(group.getFirst()), key.apply(item), evaluator.budget())) {
                group = new ArrayList<>();
                groups.add(Tuple.of(plain.apply(item), group));
            }
            group.add(item);
        }
        return groups;
    }

    private static Object batches(Object value, Arguments arguments, Evaluator evaluator) {
        int size = arguments.integer(0, "linecount", 0);
        Object fill = arguments.get(1, "fill_with", None.NONE);
        List<Object> batches = new ArrayList<>();
        List<Object> batch = new ArrayList<>();
        for (Object item : Sequences.list(value, evaluator.budget())) {
            if (batch.size() == size) {
                batches.add(batch);
                batch = new ArrayList<>();
            }
            batch.add(item);
        }
        if (!batch.isEmpty()) {
            fill(batch, size, fill, evaluator);
            batches.add(batch);
        }
        return Generator.of(batches.iterator());
    }

    private static void fill(List<Object> batch, int size, Object fill, Evaluator evaluator) {
        if (!(fill instanceof None)) {
            evaluator.budget().steps(Math.max(0, size - batch.size()));
            while (batch.size() < size) {
                batch.add(fill);
            }
        }
    }

    private static Object slices(Object value, Arguments arguments, Evaluator evaluator) {
        List<Object> items = Sequences.list(value, evaluator.budget());
        int count = arguments.integer(0, "slices", 0);
        if (count < 1) {
            throw TemplateFailure.of("slice needs a number of slices above 0");
        }
        evaluator.budget().steps(count);
        int each = items.size() / count;
        int longer = items.size() % count;
        List<Object> slices = new ArrayList<>();
        int start = 0;
        for (int i = 0; i < count; i++) {
            int end = start + each + (i < longer ? 1 : 0);
            List<Object> slice = new ArrayList<>(items.subList(start, end));
            if (i >= longer && longer > 0) {
                fill(slice, each + 1, arguments.get(1, "fill_with", None.NONE), evaluator);
            }
            slices.add(slice);
            start = end;
        }
        return Generator.of(slices.iterator());
    }
}
