package org.rduzoo.backend.arch;

import java.util.List;
import org.rduzoo.backend.json.JsonObject;

/// A number of a chip, the range that it may lie in, and where it comes from.
///
/// @param value what to compute with
/// @param low the smallest that sources give, their rounding or an assumption allows; `value` of what is exact
/// @param high the largest
/// @param unit of all three, in SI or bytes; empty for counts and ratios
/// @param source `R` read in a public source, `D` derived by arithmetic from such numbers, `A` assumption
/// @param note why it is what it is, and may be otherwise
public record Quantity(double value, double low, double high, String unit, String source, String note) {

    private static final List<String> SOURCES = List.of("R", "D", "A");

    public Quantity {
        if (!(low <= value && value <= high) || low < 0 || Double.isInfinite(high)) {
            throw new IllegalArgumentException(value + " is not within [" + low + ", " + high + "]");
        }
        if (!SOURCES.contains(source)) {
            throw new IllegalArgumentException("source " + source + " is none of " + SOURCES);
        }
    }

    static Quantity read(JsonObject parent, String name) {
        JsonObject json = parent.object(name);
        return new Quantity(
                json.number("value"),
                json.number("low"),
                json.number("high"),
                json.has("unit") ? json.string("unit") : "",
                json.string("source"),
                json.string("note"));
    }

    /// The value of a count.
    ///
    /// @throws ArithmeticException when it is no whole number that fits
    public int count() {
        int count = (int) value;
        if (count != value) {
            throw new ArithmeticException(value + " is no count");
        }
        return count;
    }

    /// This many for each of `n`.
    public double times(double n) {
        return value * n;
    }
}
