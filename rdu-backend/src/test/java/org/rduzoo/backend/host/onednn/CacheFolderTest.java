package org.rduzoo.backend.host.onednn;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

@DisabledOnOs(OS.WINDOWS)
class CacheFolderTest {

    @Test
    void eachSystemHasItsPlaceForCaches() {
        assertThat(CacheFolder.of(Map.of(), "Linux", "/home/ann")).isEqualTo(Path.of("/home/ann/.cache/rdu-zoo"));
        assertThat(CacheFolder.of(Map.of(), "Mac OS X", "/Users/ann"))
                .isEqualTo(Path.of("/Users/ann/Library/Caches/rdu-zoo"));
        assertThat(CacheFolder.of(Map.of("LOCALAPPDATA", "/local"), "Windows 11", "/ann"))
                .isEqualTo(Path.of("/local/rdu-zoo"));
    }

    @Test
    void theEnvironmentGoesFirst() {
        assertThat(CacheFolder.of(Map.of("XDG_CACHE_HOME", "/x"), "Linux", "/home/ann"))
                .isEqualTo(Path.of("/x/rdu-zoo"));
        assertThat(CacheFolder.of(Map.of("XDG_CACHE_HOME", "/x", "RDU_CACHE", "/mine"), "Linux", "/home/ann"))
                .isEqualTo(Path.of("/mine"));
    }
}
