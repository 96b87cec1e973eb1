package org.rduzoo.runners.chat;

/// A value that is not there: it prints as nothing and is false; any other use fails.
///
/// @param why what the failure says
record Undefined(String why) {

    static Undefined variable(String name) {
        return new Undefined("'" + name + "' is undefined");
    }

    static Undefined attribute(Object object, String name) {
        return new Undefined("'" + Types.described(object) + "' has no attribute " + Text.quoted(name));
    }

    static Undefined item(Object object, Object key) {
        return key instanceof String name
                ? attribute(object, name)
                : new Undefined(Types.described(object) + " has no element " + Text.repr(key, new Budget()));
    }

    TemplateFailure failure() {
        return TemplateFailure.of(why);
    }
}
