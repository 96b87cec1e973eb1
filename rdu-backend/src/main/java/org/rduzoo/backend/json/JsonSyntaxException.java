package org.rduzoo.backend.json;

/// Bytes that are no JSON, or not the JSON that was expected.
public final class JsonSyntaxException extends RuntimeException {

    private static final long serialVersionUID = 1;

    public JsonSyntaxException(String message) {
        super(message);
    }
}
