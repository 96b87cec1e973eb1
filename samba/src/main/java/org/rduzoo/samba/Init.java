package org.rduzoo.samba;

/// How a weight begins that is not loaded.
public sealed interface Init {

    /// The same number everywhere.
    record Constant(double value) implements Init {}

    /// Independent draws from a normal distribution about 0.
    record Normal(double deviation) implements Init {}

    /// Independent draws of equal likelihood between `-bound` and `bound`.
    record Uniform(double bound) implements Init {}

    Init ZEROS = new Constant(0);
    Init ONES = new Constant(1);

    static Init normal(double deviation) {
        return new Normal(deviation);
    }

    static Init uniform(double bound) {
        return new Uniform(bound);
    }
}
