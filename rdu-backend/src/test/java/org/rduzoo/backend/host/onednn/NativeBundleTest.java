package org.rduzoo.backend.host.onednn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

@EnabledIf("isHere")
class NativeBundleTest {

    @TempDir
    private Path cache;

    static boolean isHere() {
        return NativeBundle.here().isPresent();
    }

    @Test
    void theClassPathHasTheLibrariesThatAreExpected() throws IOException {
        List<Path> files = NativeBundle.here().orElseThrow().unpack(cache);
        assertThat(files).isNotEmpty().allSatisfy(f -> assertThat(f).isRegularFile());
        assertThat(onlyFolder()).isEqualTo(files.getFirst().getParent());
    }

    @Test
    void filesAreUnpackedOnceAndMendedWhenCutShort() throws IOException {
        NativeBundle bundle = NativeBundle.here().orElseThrow();
        List<Path> files = bundle.unpack(cache);
        long bytes = Files.size(files.getLast());
        assertThat(bundle.unpack(cache)).isEqualTo(files);
        Files.writeString(files.getLast(), "cut short");
        assertThat(bundle.unpack(cache)).isEqualTo(files);
        assertThat(files.getLast()).hasSize(bytes);
    }

    @Test
    void anotherContentIsRefusedAndLeavesNothingBehind() throws IOException {
        NativeBundle here = NativeBundle.here().orElseThrow();
        NativeBundle.Library first = here.files().getFirst();
        NativeBundle altered = new NativeBundle(
                here.platform(), List.of(new NativeBundle.Library(first.name(), first.bytes(), "0".repeat(64))));
        assertThatThrownBy(() -> altered.unpack(cache))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(first.name())
                .hasMessageContaining("another version or damaged");
        try (Stream<Path> left = Files.list(cache.resolve("native"))) {
            assertThat(left).isEmpty();
        }
    }

    private Path onlyFolder() throws IOException {
        try (Stream<Path> folders = Files.list(cache.resolve("native"))) {
            return folders.reduce((_, _) -> {
                        throw new AssertionError("more than one folder");
                    })
                    .orElseThrow();
        }
    }
}
