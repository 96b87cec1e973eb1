package org.rduzoo.checkpoint.hub;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.rduzoo.samba.UserError;

/// Requests to the Hub and to the storage that it sends us on to.
///
/// Redirects are followed by hand, so that the token goes to the Hub's own address and nowhere else.
final class HubHttp implements AutoCloseable {

    private static final int MOST_REDIRECTS = 8;

    private final HubSettings settings;
    private final HttpClient client;

    HubHttp(HubSettings settings) {
        this.settings = settings;
        this.client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(Duration.ofSeconds(20))
                .build();
    }

    /// A failure that may pass: a connection that drops, a server that is busy.
    static final class Passing extends IOException {

        private static final long serialVersionUID = 1;

        private final Duration wait;

        Passing(String message) {
            this(message, Duration.ZERO);
        }

        Passing(String message, Duration wait) {
            super(message);
            this.wait = wait;
        }

        /// How long the server asks us to wait, at least.
        Duration serverWait() {
            return wait;
        }
    }

    /// Headers to send, which may depend on the server that they go to.
    @FunctionalInterface
    interface Headers {
        Map<String, String> to(URI server);
    }

    URI at(String path) {
        return URI.create(settings.endpoint() + path);
    }

    /// Whether an address is the Hub's own, to which the token may go.
    boolean isHub(URI uri) {
        return origin(uri).equals(origin(settings.endpoint()));
    }

    /// Scheme, host and port.
    static String origin(URI uri) {
        int port = uri.getPort() >= 0 ? uri.getPort() : "https".equals(uri.getScheme()) ? 443 : 80;
        return uri.getScheme() + "://" + uri.getHost() + ":" + port;
    }

    /// The answer to a request, once the Hub and others have sent us on to where it is.
    ///
    /// @param leaveHub whether to follow the Hub to other servers; if not, its answer that names one is the
    /// answer
    /// @throws Passing if trying again may help
    HttpResponse<InputStream> send(String method, URI uri, Headers headers, boolean leaveHub) throws IOException {
        URI at = uri;
        for (int hop = 0; hop <= MOST_REDIRECTS; hop++) {
            HttpResponse<InputStream> answer = once(method, at, headers.to(at));
            int status = answer.statusCode();
            Optional<URI> next = status == 301 || status == 302 || status == 303 || status == 307 || status == 308
                    ? next(at, answer.headers())
                    : Optional.empty();
            if (next.isEmpty() || (!leaveHub && !isHub(next.get()))) {
                return checked(answer);
            }
            answer.body().close();
            at = next.get();
        }
        throw new UserError(uri + " leads from one address to the next more than " + MOST_REDIRECTS
                + " times. Is HF_ENDPOINT right?");
    }

    private static Optional<URI> next(URI at, HttpHeaders headers) {
        Optional<String> location = headers.firstValue("Location");
        if (location.isEmpty()) {
            return Optional.empty();
        }
        URI next;
        try {
            next = at.resolve(location.get());
        } catch (IllegalArgumentException e) {
            throw new UserError(at + " sends on to an address that is none. Is HF_ENDPOINT right?", e);
        }
        boolean web = "https".equals(next.getScheme()) || "http".equals(next.getScheme());
        if (!web || next.getHost() == null || ("https".equals(at.getScheme()) && !"https".equals(next.getScheme()))) {
            throw new UserError(at.getHost() + " sends on to " + next.getScheme() + "://" + next.getHost()
                    + ", which is not as safe; refused. Is HF_ENDPOINT right?");
        }
        return Optional.of(next);
    }

    private HttpResponse<InputStream> once(String method, URI uri, Map<String, String> headers) throws IOException {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri)
                .method(method, HttpRequest.BodyPublishers.noBody())
                .timeout(settings.stall())
                .header("User-Agent", "rdu-zoo")
                .header("Accept-Encoding", "identity");
        headers.forEach(request::header);
        if (isHub(uri)) {
            settings.token().ifPresent(token -> request.header("Authorization", "Bearer " + token));
        }
        try {
            return client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw (IOException) new InterruptedIOException("stopped").initCause(e);
        } catch (IOException e) {
            String reason = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
            throw (IOException) new Passing(uri.getHost() + ": " + reason).initCause(e);
        }
    }

    /// The answer, unless it says to come back later.
    private static HttpResponse<InputStream> checked(HttpResponse<InputStream> answer) throws IOException {
        int status = answer.statusCode();
        if (status == 408 || status == 429 || (status >= 500 && status != 501)) {
            answer.body().close();
            Duration wait = answer.headers()
                    .firstValue("Retry-After")
                    .filter(v -> v.matches("\\d{1,6}"))
                    .map(v -> Duration.ofSeconds(Long.parseLong(v)))
                    .orElse(Duration.ZERO);
            throw new Passing(answer.uri().getHost() + " answers " + status, wait);
        }
        return answer;
    }

    /// The number in a header.
    static OptionalLong number(HttpHeaders headers, String name) {
        return headers.firstValue(name)
                .filter(v -> v.matches("\\d{1,18}"))
                .map(v -> OptionalLong.of(Long.parseLong(v)))
                .orElse(OptionalLong.empty());
    }

    @Override
    public void close() {
        client.shutdownNow();
    }
}
