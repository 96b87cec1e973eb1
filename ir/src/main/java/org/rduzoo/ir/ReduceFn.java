package org.rduzoo.ir;

/// How a reduction joins elements.
public enum ReduceFn {
    SUM,
    MEAN,
    MAX
}
