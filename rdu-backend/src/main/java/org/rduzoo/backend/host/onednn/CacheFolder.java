package org.rduzoo.backend.host.onednn;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;

/// Where files are kept that can be made again, outside the tree: `RDU_CACHE` if it is set, else `rdu-zoo` in the
/// user's folder for caches.
final class CacheFolder {

    private CacheFolder() {}

    static Path ofUser() {
        return of(System.getenv(), System.getProperty("os.name", ""), System.getProperty("user.home", "."));
    }

    static Path of(Map<String, String> environment, String os, String home) {
        String own = environment.getOrDefault("RDU_CACHE", "");
        if (!own.isEmpty()) {
            return Path.of(own).toAbsolutePath();
        }
        return caches(environment, os.toLowerCase(Locale.ROOT), Path.of(home)).resolve("rdu-zoo");
    }

    private static Path caches(Map<String, String> environment, String os, Path home) {
        String xdg = environment.getOrDefault("XDG_CACHE_HOME", "");
        if (xdg.startsWith("/")) {
            return Path.of(xdg);
        }
        if (os.contains("mac")) {
            return home.resolve("Library").resolve("Caches");
        }
        String local = environment.getOrDefault("LOCALAPPDATA", "");
        return os.contains("windows") && !local.isEmpty() ? Path.of(local) : home.resolve(".cache");
    }
}
