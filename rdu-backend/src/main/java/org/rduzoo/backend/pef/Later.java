package org.rduzoo.backend.pef;

import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A value that is made when it is first asked for.
final class Later<T> implements Supplier<T> {

    private final Supplier<T> maker;
    private @Nullable T value;

    Later(Supplier<T> maker) {
        this.maker = maker;
    }

    @Override
    public synchronized T get() {
        if (value == null) {
            value = Objects.requireNonNull(maker.get());
        }
        return value;
    }
}
