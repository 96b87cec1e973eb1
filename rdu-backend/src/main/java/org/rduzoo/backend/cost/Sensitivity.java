package org.rduzoo.backend.cost;

import java.util.function.ToDoubleFunction;
import org.rduzoo.backend.arch.Arch;
import org.rduzoo.backend.arch.Quantity;

/// How far a prediction may be off because the chip's numbers may be: each is set to either end of its range by itself,
/// and what that changes is added up as independent errors are, by squares.
record Sensitivity(double low, double high) {

    static Sensitivity of(Arch arch, Rates rates, ToDoubleFunction<Rates> seconds) {
        double middle = seconds.applyAsDouble(rates);
        double less = 0;
        double more = 0;
        for (Parameter p : Parameter.uncertain(arch)) {
            Quantity q = p.of(arch);
            for (double end : new double[] {q.low(), q.high()}) {
                double change = seconds.applyAsDouble(rates.with(p, end)) - middle;
                if (change < 0) {
                    less += change * change;
                } else {
                    more += change * change;
                }
            }
        }
        return new Sensitivity(Math.max(middle / 10, middle - Math.sqrt(less)), middle + Math.sqrt(more));
    }
}
