package org.rduzoo.checkpoint.hub;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.rduzoo.samba.UserError;

/// Where the Hub is, where its cache is, and how patient to be.
///
/// @param endpoint address of the Hub or a mirror, without a slash at the end
/// @param token shown to the endpoint, and to nobody else
/// @param cache the folder with `models--organisation--name` in it
/// @param offline use the cache alone
/// @param attempts how often in a row a request may fail before it is given up
/// @param pause how long to wait after the first failure; twice as long after each further one
/// @param stall how long to wait for the next bytes of an answer
public record HubSettings(
        URI endpoint,
        Optional<String> token,
        Path cache,
        boolean offline,
        int attempts,
        Duration pause,
        Duration stall) {

    private static final Set<String> YES = Set.of("1", "on", "yes", "true");

    /// The settings of the Hub's Python tools: `HF_ENDPOINT`, `HF_TOKEN` or the token file, `HF_HUB_CACHE`,
    /// `HF_HOME`, `HF_HUB_OFFLINE`.
    ///
    /// @param home the user's folder, in whose `.cache/huggingface` everything is unless the environment
    /// says otherwise
    public static HubSettings of(Map<String, String> environment, Path home) {
        Path hubHome = value(environment, "HF_HOME")
                .map(Path::of)
                .orElseGet(() -> value(environment, "XDG_CACHE_HOME")
                        .map(Path::of)
                        .orElse(home.resolve(".cache"))
                        .resolve("huggingface"));
        Path cache = value(environment, "HF_HUB_CACHE").map(Path::of).orElse(hubHome.resolve("hub"));
        Path tokenFile = value(environment, "HF_TOKEN_PATH").map(Path::of).orElse(hubHome.resolve("token"));
        return new HubSettings(
                endpoint(value(environment, "HF_ENDPOINT").orElse("https://huggingface.co")),
                value(environment, "HF_TOKEN").or(() -> firstLine(tokenFile)),
                cache.toAbsolutePath(),
                value(environment, "HF_HUB_OFFLINE")
                        .filter(v -> YES.contains(v.toLowerCase(Locale.ROOT)))
                        .isPresent(),
                6,
                Duration.ofMillis(500),
                Duration.ofSeconds(60));
    }

    /// The settings of this process's environment.
    public static HubSettings ofEnvironment() {
        return of(System.getenv(), Path.of(System.getProperty("user.home")));
    }

    private static Optional<String> value(Map<String, String> environment, String key) {
        return Optional.ofNullable(environment.get(key)).map(String::strip).filter(v -> !v.isEmpty());
    }

    private static Optional<String> firstLine(Path file) {
        try {
            return Files.isRegularFile(file)
                    ? Files.readString(file)
                            .lines()
                            .findFirst()
                            .map(String::strip)
                            .filter(t -> !t.isEmpty())
                    : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static URI endpoint(String text) {
        String address = text.replaceAll("/+$", "");
        try {
            URI uri = URI.create(address);
            if (uri.getHost() != null && ("https".equals(uri.getScheme()) || "http".equals(uri.getScheme()))) {
                return uri;
            }
        } catch (IllegalArgumentException e) {
            throw new UserError("HF_ENDPOINT is no web address: " + text, e);
        }
        throw new UserError("HF_ENDPOINT is no web address: " + text + ". Expected one as https://huggingface.co.");
    }

    /// Without the token, which must not be seen anywhere.
    @Override
    public String toString() {
        return "HubSettings[endpoint=" + endpoint + ", token=" + (token.isPresent() ? "yes" : "no") + ", cache=" + cache
                + ", offline=" + offline + "]";
    }
}
