package org.rduzoo.runners.chat;

import java.util.AbstractList;
import java.util.Objects;

/// Python's `range`, at most as long as the budget says.
final class Range extends AbstractList<Object> {

    private final long start;
    private final long stop;
    private final long step;
    private final int size;

    Range(long start, long stop, long step) {
        if (step == 0) {
            throw TemplateFailure.of("range() arg 3 must not be zero");
        }
        this.start = start;
        this.stop = stop;
        this.step = step;
        double length = Math.ceil(((double) stop - (double) start) / step);
        if (length > Budget.LONGEST_RANGE) {
            throw TemplateFailure.of("Range too big. The sandbox blocks ranges larger than MAX_RANGE (%d)."
                    .formatted(Budget.LONGEST_RANGE));
        }
        this.size = (int) Math.max(0, length);
    }

    @Override
    public Object get(int index) {
        return start + Objects.checkIndex(index, size) * step;
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public String toString() {
        return "range(" + start + ", " + stop + (step == 1 ? "" : ", " + step) + ")";
    }
}
