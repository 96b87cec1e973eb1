package org.rduzoo.backend.host.kernel;

import org.rduzoo.backend.host.machine.Kernel;

/// Copies each text's last token that counts, as [org.rduzoo.ir.Positional.LastRow] says.
public final class LastRowKernel implements Kernel {

    private final int batch;
    private final int tokens;
    private final long rowBytes;
    private final Place x;
    private final Place start;
    private final Place valid;
    private final Place out;

    /// @param x `[batch, tokens, columns]`, row-major
    /// @param start `i64 [batch]`
    /// @param valid `i64 [batch]`
    /// @param out `[batch, columns]` of the same element type, row-major
    public LastRowKernel(int batch, int tokens, int columns, Place x, Place start, Place valid, Place out) {
        if (x.dtype() != out.dtype()) {
            throw new IllegalArgumentException("rows of %s become no rows of %s"
                    .formatted(x.dtype().text(), out.dtype().text()));
        }
        this.batch = batch;
        this.tokens = tokens;
        this.rowBytes = (long) columns * x.dtype().bytes();
        this.x = x.require((long) batch * tokens * columns);
        this.start = start.require(batch);
        this.valid = valid.require(batch);
        this.out = out.require((long) batch * columns);
    }

    @Override
    public void run(int part, int parts) {
        for (int text = part; text < batch; text += parts) {
            long count = RawMemory.i64(valid.address() + 8L * text) - RawMemory.i64(start.address() + 8L * text);
            int token = Math.clamp(count - 1, 0, tokens - 1);
            long row = (long) text * tokens + token;
            RawMemory.copy(x.address() + row * rowBytes, out.address() + text * rowBytes, rowBytes);
        }
    }
}
