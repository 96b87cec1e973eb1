package org.rduzoo.checkpoint.hub;

import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;

/// Ends a transfer that has gone silent: a connection can stay open for hours without a byte.
final class StallGuard implements AutoCloseable {

    private final Closeable transfer;
    private final Thread watch;
    private volatile long lastSign = System.nanoTime();
    private volatile boolean stalled;

    StallGuard(Closeable transfer, Duration patience) {
        this.transfer = transfer;
        this.watch = Thread.ofVirtual().start(() -> watch(patience.toNanos()));
    }

    private void watch(long patience) {
        try {
            long left = patience;
            while (left > 0) {
                Thread.sleep(Duration.ofNanos(left));
                left = lastSign + patience - System.nanoTime();
            }
            stalled = true;
            transfer.close();
        } catch (InterruptedException | IOException e) {
            // The transfer has ended: there is nothing left to watch.
            Thread.currentThread().interrupt();
        }
    }

    /// Bytes have come.
    void alive() {
        lastSign = System.nanoTime();
    }

    /// Whether the transfer was ended for its silence.
    boolean hasStalled() {
        return stalled;
    }

    @Override
    public void close() {
        watch.interrupt();
    }
}
