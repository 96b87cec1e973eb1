package org.rduzoo.runners.chat;

import java.util.Map;

/// What `namespace()` makes: the one kind of value that a template can change, so that a loop can tell what it found.
record Namespace(Map<Object, Object> attributes) {

    void set(String name, Object value) {
        attributes.put(checked(name), value);
    }

    static String checked(String name) {
        if (name.startsWith("_")) {
            throw TemplateFailure.of(
                    ("Chat templates cannot store underscore-prefixed attributes on a namespace, but got %s. Please"
                                    + " rename the attribute.")
                            .formatted(Text.quoted(name)));
        }
        return name;
    }
}
