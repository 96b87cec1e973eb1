package org.rduzoo.backend.cost;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// How far a prediction may be off. Found when somebody asks: it takes two predictions for each of the chip's numbers.
public final class Range {

    private final Supplier<Sensitivity> finding;
    private @Nullable Sensitivity found;

    Range(Supplier<Sensitivity> finding) {
        this.finding = finding;
    }

    synchronized Sensitivity found() {
        Sensitivity known = found;
        if (known == null) {
            known = finding.get();
            found = known;
        }
        return known;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Range r && found().equals(r.found());
    }

    @Override
    public int hashCode() {
        return found().hashCode();
    }

    @Override
    public String toString() {
        return found().toString();
    }
}
