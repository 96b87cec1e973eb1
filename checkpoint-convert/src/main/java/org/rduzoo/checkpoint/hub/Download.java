package org.rduzoo.checkpoint.hub;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.rduzoo.samba.UserError;

/// Brings one file's content into the cache, in as many pieces as the network makes of it.
///
/// What has come stays in `ETAG.incomplete`, and the next attempt, of this process or a later one, asks for
/// the rest. A content appears under its name when it is whole, checked and on disk.
final class Download {

    private static final Pattern RANGE = Pattern.compile("bytes (\\d{1,18})-(\\d{1,18})/(\\d{1,18}|\\*)");
    private static final int BUFFER = 1 << 18;
    private static final int MOST_DAMAGED = 3;

    private final HubHttp http;
    private final HubSettings settings;
    private final RemoteFile file;
    private final Path incomplete;
    private final Path blob;
    private final LongConsumer grown;

    /// Marks that servers gave the bytes that are here, so that they can be asked whether these are still
    /// the same.
    private final Map<String, String> validators = new HashMap<>();

    private long received;
    private int damaged;

    /// @param grown hears how many bytes there are now
    Download(HubHttp http, HubSettings settings, RemoteFile file, HubCache cache, LongConsumer grown) {
        this.http = http;
        this.settings = settings;
        this.file = file;
        this.incomplete = cache.incomplete(file.blobName());
        this.blob = cache.blob(file.blobName());
        this.grown = grown;
        file.validator().ifPresent(v -> validators.put(HubHttp.origin(file.address()), v));
    }

    /// The Hub has another content under this name now than it said before.
    static final class Changed extends IOException {

        private static final long serialVersionUID = 1;

        Changed(String message) {
            super(message);
        }
    }

    /// Brings the content.
    ///
    /// @return bytes that came over the network
    /// @throws Changed if the file is another than [RemoteFile] says
    long run() throws IOException {
        Patience patience = new Patience(settings);
        while (true) {
            long before = received;
            try {
                if (attempt()) {
                    return received;
                }
            } catch (HubHttp.Passing e) {
                patience.failed(e, received > before, file.name());
            }
        }
    }

    /// Asks for what is missing. False if it has to be asked for again.
    private boolean attempt() throws IOException {
        long have = Files.exists(incomplete) ? Files.size(incomplete) : 0;
        if (have > 0 && file.size().isPresent() && have >= file.size().getAsLong()) {
            return have == file.size().getAsLong() ? finish() : startOver("is longer than the Hub says");
        }
        HttpResponse<InputStream> answer = http.send("GET", file.address(), server -> rangeHeaders(server, have), true);
        try (InputStream body = answer.body()) {
            switch (answer.statusCode()) {
                case 200 -> take(answer, body, 0);
                case 206 -> {
                    if (!continues(answer, have)) {
                        return startOver("could not be continued");
                    }
                    take(answer, body, have);
                }
                case 416 -> {
                    return startOver("could not be continued");
                }
                default -> throw HubErrors.of(answer, file.name());
            }
        }
        return finish();
    }

    /// Asks for the bytes from `have` on, if the content is still the same. A server whose mark is not
    /// known is asked only if the bytes can be checked in the end.
    private Map<String, String> rangeHeaders(URI server, long have) {
        Optional<String> validator = Optional.ofNullable(validators.get(HubHttp.origin(server)));
        if (have == 0 || (validator.isEmpty() && !file.isChecked())) {
            return Map.of();
        }
        Map<String, String> headers = new HashMap<>();
        headers.put("Range", "bytes=" + have + "-");
        validator.ifPresent(v -> headers.put("If-Range", v));
        return headers;
    }

    private boolean continues(HttpResponse<InputStream> answer, long have) {
        Matcher range =
                RANGE.matcher(answer.headers().firstValue("Content-Range").orElse(""));
        return have > 0
                && range.matches()
                && Long.parseLong(range.group(1)) == have
                && (range.group(3).equals("*")
                        || file.size().isEmpty()
                        || Long.parseLong(range.group(3)) == file.size().getAsLong());
    }

    private void take(HttpResponse<InputStream> answer, InputStream body, long from) throws IOException {
        if (isAnother(answer)) {
            Files.deleteIfExists(incomplete);
            throw new Changed(file.name() + " has changed on the Hub while it was downloaded");
        }
        answer.headers()
                .firstValue("ETag")
                .filter(m -> !m.startsWith("W/"))
                .ifPresentOrElse(
                        m -> validators.put(HubHttp.origin(answer.uri()), m),
                        () -> validators.remove(HubHttp.origin(answer.uri())));
        try (FileChannel out = FileChannel.open(incomplete, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                StallGuard guard = new StallGuard(body, settings.stall())) {
            out.truncate(from);
            out.position(from);
            byte[] buffer = new byte[BUFFER];
            for (int n = read(body, buffer, guard); n >= 0; n = read(body, buffer, guard)) {
                write(out, buffer, n);
                received += n;
                grown.accept(out.position());
                if (file.size().isPresent() && out.position() > file.size().getAsLong()) {
                    return;
                }
            }
        }
    }

    /// Whether the Hub answers with another content than it described.
    private boolean isAnother(HttpResponse<InputStream> answer) {
        if (!http.isHub(answer.uri())) {
            return false;
        }
        Optional<String> linked = answer.headers().firstValue("X-Linked-Etag");
        if (linked.isPresent()) {
            return !RemoteFile.bare(linked.get()).equals(file.etag());
        }
        Optional<String> own = answer.headers().firstValue("ETag");
        return own.isPresent()
                && file.validator().isPresent()
                && !RemoteFile.bare(own.get())
                        .equals(RemoteFile.bare(file.validator().get()));
    }

    private int read(InputStream body, byte[] buffer, StallGuard guard) throws IOException {
        try {
            int n = body.read(buffer);
            guard.alive();
            return n;
        } catch (IOException e) {
            String reason =
                    guard.hasStalled() ? "no bytes for " + settings.stall().toSeconds() + " s" : e.getMessage();
            throw (IOException) new HubHttp.Passing("the connection broke: " + reason).initCause(e);
        }
    }

    private void write(FileChannel out, byte[] buffer, int n) {
        try {
            ByteBuffer bytes = ByteBuffer.wrap(buffer, 0, n);
            while (bytes.hasRemaining()) {
                out.write(bytes);
            }
        } catch (IOException e) {
            throw HubErrors.notWritten(incomplete, e);
        }
    }

    /// Checks size and hash, and gives the content its name. False if it has to be brought again.
    private boolean finish() throws IOException {
        long have = Files.exists(incomplete) ? Files.size(incomplete) : 0;
        if (file.size().isPresent() && have < file.size().getAsLong()) {
            throw new HubHttp.Passing(
                    file.name() + " ended after " + have + " of " + file.size().getAsLong() + " bytes");
        }
        if (file.size().isPresent() && have > file.size().getAsLong()) {
            return startOver("is longer than the Hub says");
        }
        if (file.isChecked() && !hash(have).equals(file.etag())) {
            return startOver("does not have the hash " + file.etag() + " that the Hub says");
        }
        try (FileChannel written = FileChannel.open(incomplete, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            written.force(true);
        }
        Files.move(incomplete, blob, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        return true;
    }

    private String hash(long length) throws IOException {
        MessageDigest hash = file.startHash(length);
        try (FileChannel in = FileChannel.open(incomplete, StandardOpenOption.READ)) {
            ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
            while (in.read(buffer) >= 0) {
                hash.update(buffer.flip());
                buffer.clear();
            }
        }
        return HexFormat.of().formatHex(hash.digest());
    }

    /// Throws away what is here, if that has not happened too often.
    private boolean startOver(String why) throws IOException {
        Files.deleteIfExists(incomplete);
        validators.keySet().removeIf(server -> !server.equals(HubHttp.origin(file.address())));
        if (++damaged == MOST_DAMAGED) {
            throw new UserError(file.name() + " " + why + ", " + MOST_DAMAGED + " times in a row.\n"
                    + "A proxy or the mirror may damage it; try another network, or another HF_ENDPOINT.");
        }
        grown.accept(0);
        return false;
    }
}
