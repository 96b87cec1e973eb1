package org.rduzoo.runners.chat;

/// What can be called: a macro, a method bound to its object, a global.
record Function(String name, Body body) {

    /// What a call does.
    interface Body {

        Object call(Arguments arguments);
    }

    Object call(Arguments arguments) {
        return body.call(arguments);
    }
}
