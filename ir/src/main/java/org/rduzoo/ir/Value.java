package org.rduzoo.ir;

/// What an input or a node yields: a number within its graph, a type, and the model path it came from
/// (`model.layers.3.mlp.down_proj`; empty where there is none). Two values are the same only if they are one object.
public final class Value {

    private final int number;
    private final Type type;
    private final String path;

    Value(int number, Type type, String path) {
        this.number = number;
        this.type = type;
        this.path = path;
    }

    public int number() {
        return number;
    }

    public Type type() {
        return type;
    }

    public String path() {
        return path;
    }

    public Shape shape() {
        return type.shape();
    }

    public DType dtype() {
        return type.dtype();
    }

    /// Its number, so that tables of values are in one order each time.
    @Override
    public int hashCode() {
        return number;
    }

    @Override
    public String toString() {
        return "%" + number;
    }
}
