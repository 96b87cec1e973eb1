package org.rduzoo.backend.cost;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.rduzoo.backend.arch.Arch;
import org.rduzoo.backend.cost.MemoryPlan.Role;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.SectionType;
import org.rduzoo.samba.UserError;

/// The error of a model that no memory of the chip can hold: what is largest, and which option would help.
final class DoesNotFit {

    private DoesNotFit() {}

    record Item(String name, Role role, long bytes) {}

    static UserError of(Arch arch, Graph graph, List<Item> items) {
        Arch.Memory memory = arch.memories().getLast();
        StringBuilder message = new StringBuilder("graph %s does not fit the %s of %s, which has %s."
                .formatted(graph.name(), memory.name().toUpperCase(Locale.ROOT), arch.name(), size((long)
                        memory.capacity().value())));
        long weights = sum(items, Role.WEIGHT);
        long states = sum(items, Role.STATE);
        long rest = items.stream().mapToLong(Item::bytes).sum() - weights - states;
        message.append("\nWeights take %s, state (caches, moments) %s, all that sections hand each other %s."
                .formatted(size(weights), size(states), size(rest)));
        Item largest = items.stream().max(Comparator.comparingLong(Item::bytes)).orElseThrow();
        String kind = switch (largest.role) {
            case WEIGHT -> "the weight";
            case STATE -> "the state";
            case INPUT -> "the input";
            case OUTPUT -> "the output";
            case BORDER -> largest.name.isEmpty() ? "a value" : "a value at";
        };
        message.append(
                "\nThe largest is %s with %s.".formatted((kind + " " + largest.name).strip(), size(largest.bytes)));
        message.append("\n").append(remedy(graph, weights, states, rest));
        return new UserError(message.toString());
    }

    private static String remedy(Graph graph, long weights, long states, long rest) {
        if (rest > weights && rest > states) {
            boolean trains = graph.nodes().stream().anyMatch(n -> n.section() == SectionType.BCKWD);
            return trains
                    ? "A smaller --batch-size or --microbatch-size, or --activation-memory, would help most."
                    : "A smaller --batch-size would help most; so would a smaller --max-seq-length.";
        }
        return states > weights
                ? "A smaller --batch-size or --max-seq-length would help most; so would --n-chips."
                : "More chips would help most: --n-chips N --tensor-parallel weight.";
    }

    private static long sum(List<Item> items, Role role) {
        return items.stream().filter(i -> i.role == role).mapToLong(Item::bytes).sum();
    }

    private static String size(long bytes) {
        return String.format(Locale.ROOT, "%.1f GiB", bytes / (double) (1L << 30));
    }
}
