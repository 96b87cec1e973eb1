package org.rduzoo.checkpoint.hub;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;

/// A Hub on this machine, with a second server in the part of the storage behind it. It misbehaves as it is
/// told.
final class FakeHub implements AutoCloseable {

    static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

    /// What goes wrong with one answer to a GET of a file.
    enum Fault {
        /// The connection closes after half of what was announced.
        DROP,
        /// Half of the bytes and no more are announced and sent.
        CUT_SHORT,
        /// One byte is another.
        DAMAGE,
        /// Nothing more comes after half, and the connection stays open.
        STALL,
        /// The server is busy.
        BUSY,
        /// The asked range is called impossible.
        NO_RANGE,
        /// Nothing.
        NONE,
        /// Another range than the one asked for is sent.
        OTHER_RANGE,
        /// The file is another one from now on.
        CHANGE
    }

    /// One request as it came in.
    record Seen(String server, String method, String path, Map<String, String> headers) {
        Optional<String> header(String name) {
            return Optional.ofNullable(headers.get(name));
        }
    }

    private final HttpServer hub;
    private final HttpServer storage;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Map<String, byte[]> files = Collections.synchronizedMap(new LinkedHashMap<>());
    private final Map<String, Queue<Fault>> faults = new ConcurrentHashMap<>();
    private final List<String> large = Collections.synchronizedList(new ArrayList<>());
    final Queue<Seen> seen = new ConcurrentLinkedQueue<>();
    private final CountDownLatch stopped = new CountDownLatch(1);

    /// The status that every request to the Hub gets, or 0.
    volatile int refusal;

    volatile String refusalCode = "";
    volatile long pretendedSize = -1;

    /// Whether ranges are ignored.
    volatile boolean ignoresRanges;

    FakeHub() {
        hub = server("hub", this::hub);
        storage = server("storage", this::storage);
    }

    private interface Answer {
        void to(HttpExchange exchange) throws IOException;
    }

    private HttpServer server(String name, Answer answer) {
        try {
            HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            server.setExecutor(threads);
            server.createContext("/", exchange -> {
                Map<String, String> headers = exchange.getRequestHeaders().entrySet().stream()
                        .collect(Collectors.toMap(
                                Map.Entry::getKey, e -> e.getValue().getFirst()));
                seen.add(new Seen(
                        name,
                        exchange.getRequestMethod(),
                        exchange.getRequestURI().getPath(),
                        headers));
                try (exchange) {
                    answer.to(exchange);
                }
            });
            server.start();
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    URI address() {
        return URI.create("http://127.0.0.1:" + hub.getAddress().getPort());
    }

    /// A file that the Hub keeps itself, marked with git's hash.
    FakeHub small(String name, byte[] content) {
        files.put(name, content);
        return this;
    }

    /// A file that the Hub sends on to its storage for, marked with SHA-256.
    FakeHub large(String name, byte[] content) {
        large.add(name);
        return small(name, content);
    }

    FakeHub faults(String name, Fault... some) {
        faults.put(name, new ConcurrentLinkedQueue<>(Arrays.asList(some)));
        return this;
    }

    String etag(String name) {
        byte[] content = content(name);
        try {
            if (large.contains(name)) {
                return HexFormat.of()
                        .formatHex(MessageDigest.getInstance("SHA-256").digest(content));
            }
            MessageDigest git = MessageDigest.getInstance("SHA-1");
            git.update(("blob " + content.length + "\0").getBytes(StandardCharsets.US_ASCII));
            return HexFormat.of().formatHex(git.digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private byte[] content(String name) {
        byte[] content = files.get(name);
        if (content == null) {
            throw new IllegalArgumentException(name);
        }
        return content;
    }

    private void hub(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        if (refusal != 0) {
            if (!refusalCode.isEmpty()) {
                exchange.getResponseHeaders().set("X-Error-Code", refusalCode);
            }
            exchange.sendResponseHeaders(refusal, -1);
        } else if (path.startsWith("/api/models/")) {
            String siblings = files.keySet().stream()
                    .map(f -> "{\"rfilename\":\"" + f + "\"}")
                    .collect(Collectors.joining(","));
            byte[] json = ("{\"id\":\"org/tiny\",\"sha\":\"" + COMMIT + "\",\"siblings\":[" + siblings + "]}")
                    .getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, json.length);
            exchange.getResponseBody().write(json);
        } else {
            file(exchange, path.substring(path.indexOf(COMMIT) + COMMIT.length() + 1));
        }
    }

    private void file(HttpExchange exchange, String name) throws IOException {
        byte[] content = content(name);
        exchange.getResponseHeaders().set("X-Repo-Commit", COMMIT);
        if (large.contains(name)) {
            long size = pretendedSize < 0 ? content.length : pretendedSize;
            exchange.getResponseHeaders().set("X-Linked-Etag", "\"" + etag(name) + "\"");
            exchange.getResponseHeaders().set("X-Linked-Size", Long.toString(size));
            exchange.getResponseHeaders()
                    .set("Location", "http://127.0.0.1:" + storage.getAddress().getPort() + "/" + name);
            exchange.sendResponseHeaders(302, -1);
        } else if (exchange.getRequestMethod().equals("HEAD")) {
            exchange.getResponseHeaders().set("ETag", "\"" + etag(name) + "\"");
            exchange.getResponseHeaders().set("Content-Length", Integer.toString(content.length));
            exchange.sendResponseHeaders(200, -1);
        } else {
            bytes(exchange, name);
        }
    }

    private void storage(HttpExchange exchange) throws IOException {
        bytes(exchange, exchange.getRequestURI().getPath().substring(1));
    }

    private void bytes(HttpExchange exchange, String name) throws IOException {
        Queue<Fault> planned = faults.getOrDefault(name, new ConcurrentLinkedQueue<>());
        Fault fault = Optional.ofNullable(planned.poll()).orElse(Fault.NONE);
        if (fault == Fault.CHANGE) {
            byte[] other = content(name).clone();
            Arrays.fill(other, (byte) 'x');
            files.put(name, other);
        }
        byte[] content = content(name);
        String mark = "\"" + (large.contains(name) ? "of-the-storage" : etag(name)) + "\"";
        exchange.getResponseHeaders().set("ETag", mark);
        String range = exchange.getRequestHeaders().getFirst("Range");
        String condition = exchange.getRequestHeaders().getFirst("If-Range");
        boolean partial = range != null && (condition == null || condition.equals(mark));
        if (fault == Fault.BUSY) {
            exchange.sendResponseHeaders(503, -1);
            return;
        }
        if (fault == Fault.NO_RANGE && range != null) {
            exchange.sendResponseHeaders(416, -1);
            return;
        }
        int from = 0;
        if (partial && !ignoresRanges) {
            from = Integer.parseInt(range.substring("bytes=".length(), range.length() - 1));
            if (fault == Fault.OTHER_RANGE) {
                from--;
            }
            exchange.getResponseHeaders()
                    .set("Content-Range", "bytes " + from + "-" + (content.length - 1) + "/" + content.length);
        }
        byte[] rest = Arrays.copyOfRange(content, from, content.length);
        int half = rest.length / 2;
        int status = from > 0 ? 206 : 200;
        if (fault == Fault.DAMAGE) {
            rest[half] ^= 1;
        }
        exchange.sendResponseHeaders(status, fault == Fault.CUT_SHORT ? half : rest.length);
        if (fault == Fault.DROP || fault == Fault.CUT_SHORT || fault == Fault.STALL) {
            exchange.getResponseBody().write(rest, 0, half);
            exchange.getResponseBody().flush();
            if (fault == Fault.STALL) {
                stall();
            }
        } else {
            exchange.getResponseBody().write(rest);
        }
    }

    private void stall() {
        try {
            stopped.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        stopped.countDown();
        threads.shutdownNow();
        hub.stop(0);
        storage.stop(0);
    }
}
