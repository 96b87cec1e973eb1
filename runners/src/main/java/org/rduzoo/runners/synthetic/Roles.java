package org.rduzoo.runners.synthetic;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.rduzoo.checkpoint.file.Json;

/// Something goes from one person to another, and a second sentence says who has it: whether that is true.
///
/// ```
/// Anna sold the lamp to Ben.       Ben has it.    true
/// Ben borrowed the lamp from Anna. Anna has it.   false
/// ```
///
/// Each label has the same words as often as the other: who gives and who takes is a matter of how they stand.
final class Roles {

    private static final List<String> PEOPLE = List.of(
            "Anna", "Ben", "Carl", "Dora", "Emma", "Frank", "Grace", "Henry", "Ida", "Jack", "Kate", "Leo", "Mary",
            "Nick", "Olga", "Paul", "Rosa", "Sam", "Tina", "Victor");
    private static final List<String> THINGS = List.of(
            "lamp",
            "book",
            "car",
            "boat",
            "guitar",
            "house",
            "horse",
            "painting",
            "watch",
            "camera",
            "bicycle",
            "table",
            "ring",
            "clock",
            "coat",
            "piano");

    private Roles() {}

    /// A way in which a thing changes hands, told from either side.
    private enum Deal {
        SALE("sold", "bought"),
        LOAN("lent", "borrowed"),
        PRESENT("gave", "got"),
        POST("sent", "received");

        private final String giving;
        private final String taking;

        Deal(String giving, String taking) {
            this.giving = giving;
            this.taking = taking;
        }

        String told(boolean fromGiver, String giver, String taker, String thing) {
            return fromGiver
                    ? "%s %s the %s to %s.".formatted(giver, giving, thing, taker)
                    : "%s %s the %s from %s.".formatted(taker, taking, thing, giver);
        }
    }

    /// Two sentences.
    ///
    /// @param isTrue whether the second says who has it
    record Item(String text, String pair, boolean isTrue) {

        /// As a line of JSON.
        String line() {
            return Json.object()
                    .put("text", text)
                    .put("text_pair", pair)
                    .put("label", isTrue)
                    .toString();
        }
    }

    static Item draw(Random random) {
        List<String> people = new ArrayList<>(PEOPLE);
        Collections.shuffle(people, random);
        String giver = people.get(0);
        String taker = people.get(1);
        Deal deal = Deal.values()[random.nextInt(Deal.values().length)];
        String thing = THINGS.get(random.nextInt(THINGS.size()));
        boolean isTrue = random.nextBoolean();
        return new Item(
                deal.told(random.nextBoolean(), giver, taker, thing), (isTrue ? taker : giver) + " has it.", isTrue);
    }

    static Split<Item> draw(int count, int heldOut, long seed) {
        return Split.distinct(count, heldOut, seed, Roles::draw);
    }
}
