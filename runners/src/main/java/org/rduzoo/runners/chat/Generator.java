package org.rduzoo.runners.chat;

import java.util.Iterator;

/// Values that are made when asked for, and once: what `map`, `select` and their like give.
record Generator(String kind, Iterator<Object> values) {

    static Generator of(Iterator<Object> values) {
        return new Generator("generator", values);
    }
}
