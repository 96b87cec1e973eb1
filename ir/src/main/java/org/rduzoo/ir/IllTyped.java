package org.rduzoo.ir;

import java.util.stream.Collectors;

/// An operation whose operands break one of its constraints. The labels (C1, C2 …) are those of the operation's
/// documentation.
public final class IllTyped extends RuntimeException {

    private static final long serialVersionUID = 1;

    private final String constraint;

    private IllTyped(String constraint, String message) {
        super(message);
        this.constraint = constraint;
    }

    /// The label of the constraint that is broken, as in `C2`.
    public String constraint() {
        return constraint;
    }

    public static void unless(boolean holds, Op op, String constraint, String rule) {
        if (!holds) {
            String operands =
                    Ops.operands(op).stream().map(v -> v + " : " + v.type()).collect(Collectors.joining(", "));
            throw new IllTyped(
                    constraint,
                    "%s breaks %s (%s): operands %s, attributes %s"
                            .formatted(Ops.name(op), constraint, rule, operands, Ops.attributes(op)));
        }
    }
}
