package org.rduzoo.checkpoint.hub;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import org.rduzoo.samba.UserError;

/// How often a failing request is tried again, and how long is waited in between: twice as long each time,
/// or as long as the server asks for.
final class Patience {

    private static final Duration LONGEST = Duration.ofSeconds(60);

    private final HubSettings settings;
    private int failures;

    Patience(HubSettings settings) {
        this.settings = settings;
    }

    /// A request.
    interface Request<T> {
        T send() throws IOException;
    }

    /// The answer to a request, tried until it comes.
    ///
    /// @throws UserError if it does not come in as many attempts as the settings allow
    static <T> T retrying(HubSettings settings, String what, Request<T> request) throws IOException {
        Patience patience = new Patience(settings);
        while (true) {
            try {
                return request.send();
            } catch (HubHttp.Passing e) {
                patience.failed(e, false, what);
            }
        }
    }

    /// Waits after a failure.
    ///
    /// @param progress whether something has come all the same; then the count starts anew
    /// @throws UserError if that was the last attempt
    void failed(HubHttp.Passing failure, boolean progress, String what) throws IOException {
        failures = progress ? 1 : failures + 1;
        if (failures >= settings.attempts()) {
            throw new UserError(
                    what + " could not be brought from " + settings.endpoint() + " in " + failures + " attempts: "
                            + failure.getMessage()
                            + ".\nIs the network there? What has come is kept, and the next pull goes on from it."
                            + " HF_ENDPOINT names a mirror, HF_HUB_OFFLINE=1 uses what is in the cache.",
                    failure);
        }
        Duration pause = settings.pause().multipliedBy(1L << Math.min(failures - 1, 10));
        Duration asked = failure.serverWait().compareTo(pause) > 0 ? failure.serverWait() : pause;
        Duration wait = asked.compareTo(LONGEST) > 0 ? LONGEST : asked;
        try {
            Thread.sleep(wait);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw (IOException) new InterruptedIOException("stopped").initCause(e);
        }
    }
}
