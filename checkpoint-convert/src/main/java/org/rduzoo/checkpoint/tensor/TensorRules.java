package org.rduzoo.checkpoint.tensor;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.rduzoo.checkpoint.file.Named;
import org.rduzoo.ir.Shape;
import org.rduzoo.ir.Type;
import org.rduzoo.samba.Nearest;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.Weights;
import org.rduzoo.samba.Weights.Weight;

/// A table that takes the tensors of one format to those of another, and back: what each is called in either, and
/// whether a matrix lies the other way round.
///
/// In a name, `*` stands for the number of a layer and `**` for any path; the n-th of one side is the n-th of the
/// other.
/// The first rule that fits a name is the one that counts.
public final class TensorRules {

    /// How a tensor of one side lies in the other; each undoes itself.
    public enum Layout {
        SAME,
        TRANSPOSED
    }

    /// One line of the table.
    public record Rule(String from, String to, Layout layout) {

        public static Rule same(String name) {
            return new Rule(name, name, Layout.SAME);
        }

        public static Rule renamed(String from, String to) {
            return new Rule(from, to, Layout.SAME);
        }

        public static Rule transposed(String from, String to) {
            return new Rule(from, to, Layout.TRANSPOSED);
        }
    }

    /// A name on the other side, and how the tensor lies there.
    public record Place(String name, Layout layout) {}

    private record Compiled(Pattern from, String to, Layout layout) {

        Optional<Place> apply(String name) {
            Matcher m = from.matcher(name);
            if (!m.matches()) {
                return Optional.empty();
            }
            StringBuilder other = new StringBuilder();
            int group = 1;
            for (int i = 0; i < to.length(); i++) {
                if (to.charAt(i) != '*') {
                    other.append(to.charAt(i));
                } else {
                    other.append(m.group(group++));
                    i += to.startsWith("**", i) ? 1 : 0;
                }
            }
            return Optional.of(new Place(other.toString(), layout));
        }
    }

    private final List<Rule> rules;
    private final List<Compiled> compiled;

    private TensorRules(List<Rule> rules) {
        this.rules = List.copyOf(rules);
        this.compiled = rules.stream()
                .map(r -> new Compiled(pattern(r.from()), r.to(), r.layout()))
                .toList();
    }

    public static TensorRules of(List<Rule> rules) {
        for (Rule rule : rules) {
            if (pattern(rule.from()).matcher("").groupCount()
                    != pattern(rule.to()).matcher("").groupCount()) {
                throw new IllegalArgumentException(rule + " has not as many stars on either side");
            }
        }
        return new TensorRules(rules);
    }

    /// The same table, read from right to left.
    public TensorRules inverse() {
        return new TensorRules(
                rules.stream().map(r -> new Rule(r.to(), r.from(), r.layout())).toList());
    }

    private static Pattern pattern(String name) {
        StringBuilder regex = new StringBuilder();
        Matcher star = Pattern.compile("\\*\\*?|[^*]+").matcher(name);
        while (star.find()) {
            regex.append(
                    switch (star.group()) {
                        case "*" -> "([0-9]{1,6})";
                        case "**" -> "(.+)";
                        default -> Pattern.quote(star.group());
                    });
        }
        return Pattern.compile(regex.toString(), Pattern.DOTALL);
    }

    /// What the tensor `name` is on the other side, if a rule fits it.
    public Optional<Place> place(String name) {
        for (Compiled rule : compiled) {
            Optional<Place> place = rule.apply(name);
            if (place.isPresent()) {
                return place;
            }
        }
        return Optional.empty();
    }

    /// `weights` as the other side has them, read when asked for; closing them closes `weights`.
    ///
    /// @throws UserError when no rule fits a tensor, with the names that it may have been meant to have
    public Weights apply(Weights weights) {
        Map<String, Weight> moved = new LinkedHashMap<>();
        for (String name : weights.names()) {
            Weight weight = weights.find(name).orElseThrow();
            Place place = place(name).orElseThrow(() -> unmatched(name, weight.source()));
            Weight before = moved.put(place.name(), arranged(weight, place));
            if (before != null) {
                throw new UserError(weight.source() + " has two tensors for " + Named.shortened(place.name())
                        + ": one is " + Named.tensor(name) + ". Take the one that is not wanted out of the file.");
            }
        }
        return WeightTable.of(weights.source(), new ArrayList<>(moved.values()), weights);
    }

    private UserError unmatched(String name, String source) {
        String general = name.replaceAll("(?<=\\.)[0-9]+(?=\\.)", "*");
        List<String> near = Nearest.of(
                Named.shortened(general),
                rules.stream().map(Rule::from).distinct().toList(),
                3);
        return new UserError(source + " holds " + Named.tensor(name) + ", which this conversion has no rule for. "
                + (near.isEmpty()
                        ? "No name that it knows is near."
                        : "The nearest that it knows: " + String.join(", ", near) + ".")
                + " Is the file of another kind of model?");
    }

    private static Weight arranged(Weight weight, Place place) {
        return switch (place.layout()) {
            case SAME -> new Weight(place.name(), weight.type(), weight.source(), weight.data());
            case TRANSPOSED -> {
                if (weight.type().rank() != 2) {
                    throw new UserError(weight.source() + ": " + Named.tensor(weight.name()) + " has shape "
                            + weight.type().shape() + " where a matrix belongs. Is the file damaged?");
                }
                int rows = weight.type().dim(0);
                int columns = weight.type().dim(1);
                int width = weight.type().dtype().bytes();
                Supplier<MemorySegment> stored = weight.data();
                yield new Weight(
                        place.name(),
                        new Type(weight.type().dtype(), Shape.of(columns, rows)),
                        weight.source(),
                        () -> Transposed.matrix(stored.get(), rows, columns, width));
            }
        };
    }
}
