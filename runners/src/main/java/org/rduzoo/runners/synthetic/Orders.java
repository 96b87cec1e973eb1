package org.rduzoo.runners.synthetic;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/// Orders to a kitchen in a guest's words, and the slip that the kitchen reads.
///
/// ```
/// Could we have two large pizzas with ham and olives? It is for Dana, at 18:30.
/// 2 x PIZZA (large) + ham + olives | Dana | 18:30
/// ```
final class Orders {

    private static final List<String> NUMBERS = List.of("one", "two", "three", "four", "five", "six");
    private static final List<String> SIZES = List.of("small", "medium", "large");
    private static final List<String> DISHES =
            List.of("pizza", "salad", "burger", "soup", "wrap", "omelette", "burrito");
    private static final List<String> EXTRAS =
            List.of("ham", "olives", "onions", "cheese", "mushrooms", "peppers", "spinach", "chicken", "tuna", "bacon");
    private static final List<String> GUESTS = List.of(
            "Dana", "Omar", "Lucy", "Piet", "Marta", "Hugo", "Nina", "Yusuf", "Clara", "Bruno", "Greta", "Simon");
    private static final List<String> WORDINGS = List.of(
            "Could we have %1$s? It is for %2$s, at %3$s.",
            "I would like %1$s, please. The name is %2$s, and I will be there at %3$s.",
            "Hello, this is %2$s. Please make me %1$s for %3$s.",
            "%2$s here. We need %1$s by %3$s, thank you!",
            "Please put %1$s on the list for %2$s. Pick-up is at %3$s.");

    private Orders() {}

    static Example draw(Random random) {
        int number = random.nextInt(NUMBERS.size());
        String size = one(random, SIZES);
        String dish = one(random, DISHES);
        List<String> extras = new ArrayList<>(EXTRAS);
        Collections.shuffle(extras, random);
        extras = extras.subList(0, 1 + random.nextInt(3));
        String guest = one(random, GUESTS);
        String time = "%d:%02d".formatted(11 + random.nextInt(11), 5 * random.nextInt(12));
        String order = "%s %s %s with %s"
                .formatted(NUMBERS.get(number), size, number == 0 ? dish : dish + "s", listed(extras));
        return new Example(
                one(random, WORDINGS).formatted(order, guest, time),
                "%d x %s (%s)%s | %s | %s"
                        .formatted(
                                number + 1,
                                dish.toUpperCase(Locale.ROOT),
                                size,
                                String.join(
                                        "", extras.stream().map(e -> " + " + e).toList()),
                                guest,
                                time));
    }

    static Split<Example> draw(int count, int heldOut, long seed) {
        return Split.distinct(count, heldOut, seed, Orders::draw);
    }

    private static String one(Random random, List<String> among) {
        return among.get(random.nextInt(among.size()));
    }

    private static String listed(List<String> words) {
        int last = words.size() - 1;
        return last == 0 ? words.getFirst() : String.join(", ", words.subList(0, last)) + " and " + words.get(last);
    }
}
