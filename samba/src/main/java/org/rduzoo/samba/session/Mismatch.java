package org.rduzoo.samba.session;

import java.util.List;
import java.util.stream.Collectors;

/// The simulator and the reference interpreter differ by more than they may. Exit status 3.
public final class Mismatch extends RuntimeException {

    private static final long serialVersionUID = 1;

    Mismatch(List<Difference> differences) {
        super(differences.stream()
                .filter(d -> !d.ok())
                .map(Difference::toString)
                .collect(Collectors.joining("\n", "simulator and reference differ:\n", "")));
    }
}
