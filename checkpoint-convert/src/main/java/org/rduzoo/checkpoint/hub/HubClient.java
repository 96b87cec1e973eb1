package org.rduzoo.checkpoint.hub;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.rduzoo.samba.UserError;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Brings checkpoints from the Hugging Face Hub, or a mirror of it, into the cache shared with the Python
/// tools.
///
/// Downloads go on where they were cut off, are checked against the hashes that the Hub names, and appear
/// whole or not at all. Two pulls at once, of this process or others of ours, wait for each other.
public final class HubClient {

    private static final int TOGETHER = 4;
    private static final int MOST_CHANGES = 3;
    private static final int MOST_LISTING = 64 << 20;
    private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final HubSettings settings;

    public HubClient(HubSettings settings) {
        this.settings = settings;
    }

    /// Brings what a request asks for, in silence.
    public PullResult pull(PullRequest request) {
        return pull(request, PullProgress.silent());
    }

    /// Brings what a request asks for.
    ///
    /// @throws UserError if the Hub has it not, or does not show it, or cannot be reached, or the disk is
    /// full
    public PullResult pull(PullRequest request, PullProgress progress) {
        HubCache cache = new HubCache(settings.cache(), request.repo());
        try {
            if (settings.offline()) {
                return fromCache(request, cache);
            }
            try (HubHttp http = new HubHttp(settings)) {
                return fromHub(request, cache, http, progress);
            }
        } catch (IOException e) {
            throw new UserError(
                    request.repo() + " could not be put into " + cache.folder() + ": " + e
                            + ".\nMay the folder be written? HF_HUB_CACHE names another.",
                    e);
        }
    }

    private static PullResult fromCache(PullRequest request, HubCache cache) throws IOException {
        Optional<String> commit = cache.commit(request.revision());
        Optional<Path> snapshot = commit.map(cache::snapshot).filter(Files::isDirectory);
        if (commit.isEmpty() || snapshot.isEmpty()) {
            throw new UserError(request.repo() + " at " + request.revision() + " is not in the cache " + cache.folder()
                    + ", and HF_HUB_OFFLINE is set.\nUnset it to bring it from the Hub.");
        }
        List<String> names;
        try (Stream<Path> files = Files.walk(snapshot.get())) {
            names = files.filter(Files::isRegularFile)
                    .map(f -> snapshot.get().relativize(f).toString().replace('\\', '/'))
                    .sorted()
                    .toList();
        }
        List<String> selected = RepoFiles.select(request, names);
        return new PullResult(request.repo(), commit.get(), snapshot.get(), selected, 0);
    }

    private PullResult fromHub(PullRequest request, HubCache cache, HubHttp http, PullProgress progress)
            throws IOException {
        JsonNode listing = listing(request, http);
        String commit = listing.path("sha").asString("");
        if (!COMMIT.matcher(commit).matches()) {
            throw new UserError(settings.endpoint() + " does not say which commit " + request.revision() + " of "
                    + request.repo() + " is. Is HF_ENDPOINT right?");
        }
        List<String> names = new ArrayList<>();
        listing.path("siblings").forEach(s -> names.add(s.path("rfilename").asString("")));
        List<String> selected = RepoFiles.select(request, names);
        cache.create();
        Transfer transfer = new Transfer(request, commit, cache, http, progress);
        transfer.run(selected);
        cache.remember(request.revision(), commit);
        return new PullResult(request.repo(), commit, cache.snapshot(commit), selected, transfer.downloaded.get());
    }

    private JsonNode listing(PullRequest request, HubHttp http) throws IOException {
        URI uri = http.at("/api/models/" + request.repo() + "/revision/" + encoded(request.revision()));
        byte[] body = Patience.retrying(settings, request.repo(), () -> {
            HttpResponse<InputStream> answer = http.send("GET", uri, server -> Map.of(), true);
            try (InputStream in = answer.body()) {
                if (answer.statusCode() != 200) {
                    throw HubErrors.of(answer, request.repo());
                }
                return in.readNBytes(MOST_LISTING);
            }
        });
        try {
            return JSON.readTree(body);
        } catch (JacksonException e) {
            throw new UserError(uri + " does not answer as the Hub does. Is HF_ENDPOINT right?", e);
        }
    }

    private static String encoded(String segment) {
        return URLEncoder.encode(segment, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /// The files of one pull on their way.
    private final class Transfer {

        private final PullRequest request;
        private final String commit;
        private final HubCache cache;
        private final HubHttp http;
        private final PullProgress progress;
        private final Map<String, Long> here = new LinkedHashMap<>();
        private final AtomicLong downloaded = new AtomicLong();
        private long done;
        private long total;

        Transfer(PullRequest request, String commit, HubCache cache, HubHttp http, PullProgress progress) {
            this.request = request;
            this.commit = commit;
            this.cache = cache;
            this.http = http;
            this.progress = progress;
        }

        void run(List<String> names) throws IOException {
            List<RemoteFile> files = together(names, this::describe);
            long missing = 0;
            for (RemoteFile file : files) {
                long size = file.size().orElse(0);
                total += size;
                missing += Files.exists(cache.blob(file.blobName())) ? 0 : size;
            }
            refuseIfTooLarge(missing);
            together(files, file -> {
                bring(file);
                return file;
            });
        }

        private RemoteFile describe(String name) throws IOException {
            String path = Stream.of(name.split("/"))
                    .map(HubClient::encoded)
                    .reduce((a, b) -> a + "/" + b)
                    .orElse("");
            URI uri = http.at("/" + request.repo() + "/resolve/" + commit + "/" + path);
            return Patience.retrying(settings, name, () -> {
                HttpResponse<InputStream> answer = http.send("HEAD", uri, server -> Map.of(), false);
                answer.body().close();
                int status = answer.statusCode();
                if (status != 200 && (status < 301 || status > 308)) {
                    throw HubErrors.of(answer, name + " of " + request.repo());
                }
                return RemoteFile.of(name, uri, answer.headers(), status == 200);
            });
        }

        private void refuseIfTooLarge(long missing) throws IOException {
            long free = Files.getFileStore(cache.folder()).getUsableSpace();
            if (missing > free) {
                throw new UserError(request.repo() + " needs " + missing / 1_000_000 + " MB more in " + cache.folder()
                        + ", but " + free / 1_000_000
                        + " MB are free.\nFree some space, or set HF_HUB_CACHE to a folder"
                        + " on another disk.");
            }
        }

        private void bring(RemoteFile described) throws IOException {
            RemoteFile file = described;
            for (int changes = 0; ; changes++) {
                try {
                    bringAsDescribed(file);
                    return;
                } catch (Download.Changed e) {
                    if (changes == MOST_CHANGES) {
                        throw new UserError(e.getMessage() + ", again and again. Try once more in a while.", e);
                    }
                    file = describe(file.name());
                }
            }
        }

        private void bringAsDescribed(RemoteFile file) throws IOException {
            String blob = file.blobName();
            try (HubCache.Lock lock = cache.lock(blob)) {
                Path content = cache.blob(blob);
                boolean whole = Files.exists(content)
                        && (file.size().isEmpty() || file.size().getAsLong() == Files.size(content));
                if (!whole && lock.processes().isValid()) {
                    Download download = new Download(http, settings, file, cache, have -> grown(file.name(), have));
                    downloaded.addAndGet(download.run());
                }
                grown(file.name(), Files.size(content));
                cache.link(commit, file.name(), blob);
            }
        }

        private synchronized void grown(String name, long have) {
            Long before = here.put(name, have);
            done += have - (before == null ? 0 : before);
            progress.at(name, done, Math.max(done, total));
        }

        private <A, B> List<B> together(List<A> inputs, Step<A, B> step) throws IOException {
            try (ExecutorService threads = Executors.newFixedThreadPool(TOGETHER)) {
                List<Future<B>> running = new ArrayList<>();
                for (A input : inputs) {
                    running.add(threads.submit(() -> step.of(input)));
                }
                List<B> results = new ArrayList<>();
                try {
                    for (Future<B> future : running) {
                        results.add(future.get());
                    }
                } catch (ExecutionException e) {
                    threads.shutdownNow();
                    throw rethrown(e);
                } catch (InterruptedException e) {
                    threads.shutdownNow();
                    Thread.currentThread().interrupt();
                    throw new IOException("the pull was interrupted", e);
                }
                return results;
            }
        }

        private IOException rethrown(ExecutionException e) {
            return switch (e.getCause()) {
                case UserError user -> throw new UserError(String.valueOf(user.getMessage()), user);
                case IOException io -> new IOException(io.getMessage(), io);
                case null, default -> throw new IllegalStateException(e);
            };
        }
    }

    private interface Step<A, B> {
        B of(A input) throws IOException;
    }
}
