package org.rduzoo.runners;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// Where checkpoints that were fetched and PEFs that were compiled along the way are kept, outside the user's tree.
final class CacheFolder {

    private CacheFolder() {}

    static Path ofEnvironment() {
        return of(System.getenv(), Path.of(System.getProperty("user.home")), System.getProperty("os.name"));
    }

    /// `RDU_CACHE`, else `rdu-zoo` in the folder that the system has for caches.
    static Path of(Map<String, String> environment, Path home, String system) {
        Optional<Path> named = value(environment, "RDU_CACHE");
        if (named.isPresent()) {
            return named.get();
        }
        Path caches = value(environment, "XDG_CACHE_HOME")
                .orElseGet(() -> system.toLowerCase(Locale.ROOT).startsWith("mac")
                        ? home.resolve("Library/Caches")
                        : home.resolve(".cache"));
        return caches.resolve("rdu-zoo");
    }

    private static Optional<Path> value(Map<String, String> environment, String key) {
        return Optional.ofNullable(environment.get(key))
                .filter(v -> !v.isBlank())
                .map(v -> Path.of(v).toAbsolutePath());
    }
}
