package org.rduzoo.ir;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// The uniform constants of one graph. Their text is short whatever their size, so equal ones share their elements, and
/// all together have a bound.
final class UniformConstants {

    static final String RULE = "at most " + Layout.Constant.MAX_ELEMENTS + " elements in all uniform constants";

    private final Map<String, Dense> known = new HashMap<>();
    private long elements;

    /// The constant, or nothing where it would pass the bound.
    Optional<Dense> dense(Type type, double value) {
        String key = type + "(" + value + ")";
        if (!known.containsKey(key)) {
            elements += type.elements();
            if (elements > Layout.Constant.MAX_ELEMENTS) {
                return Optional.empty();
            }
            known.put(key, Dense.filled(type, value));
        }
        return Optional.ofNullable(known.get(key));
    }
}
