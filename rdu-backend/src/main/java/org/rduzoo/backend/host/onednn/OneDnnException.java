package org.rduzoo.backend.host.onednn;

import java.util.Map;

/// oneDNN refused or failed: a bug of ours or of the library, never the user's mistake.
public final class OneDnnException extends RuntimeException {

    private static final long serialVersionUID = 1;

    /// What `dnnl_status_t` means.
    private static final Map<Integer, String> STATUS = Map.of(
            1, "out of memory",
            2, "invalid arguments",
            3, "unimplemented",
            4, "last implementation reached",
            5, "runtime error",
            6, "not required");

    static final int UNIMPLEMENTED = 3;

    private final int status;

    OneDnnException(String what, int status) {
        super("oneDNN: %s: %s".formatted(what, STATUS.getOrDefault(status, "status " + status)));
        this.status = status;
    }

    OneDnnException(String what, Throwable cause) {
        super("oneDNN: %s cannot be called".formatted(what), cause);
        this.status = -1;
    }

    /// Whether the library has no kernel for what was asked.
    public boolean isUnimplemented() {
        return status == UNIMPLEMENTED;
    }

    /// Throws unless `status` is success.
    static void check(int status, String what) {
        if (status != 0) {
            throw new OneDnnException(what, status);
        }
    }
}
