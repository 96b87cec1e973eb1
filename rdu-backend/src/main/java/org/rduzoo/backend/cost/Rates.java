package org.rduzoo.backend.cost;

import java.util.EnumMap;
import java.util.Map;
import org.rduzoo.backend.arch.Arch;

/// The numbers that the model computes with: each parameter's value, or one end of its range.
record Rates(Map<Parameter, Double> values) {

    static Rates of(Arch arch) {
        Map<Parameter, Double> values = new EnumMap<>(Parameter.class);
        for (Parameter p : Parameter.values()) {
            values.put(p, p.of(arch).value());
        }
        return new Rates(values);
    }

    Rates with(Parameter parameter, double value) {
        Map<Parameter, Double> changed = new EnumMap<>(values);
        changed.put(parameter, value);
        return new Rates(changed);
    }

    double get(Parameter parameter) {
        return values.getOrDefault(parameter, 0.0);
    }
}
