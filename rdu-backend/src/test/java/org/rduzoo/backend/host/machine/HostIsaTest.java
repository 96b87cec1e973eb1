package org.rduzoo.backend.host.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rduzoo.samba.UserError;

class HostIsaTest {

    private static final Set<String> AVX2_MACHINE = Set.of("sse2", "avx", "avx2", "fma", "f16c");

    @Test
    void everyProcessorRunsJava() {
        assertThat(HostIsa.available()).endsWith(HostIsa.JAVA).startsWith(HostIsa.detect());
        assertThat(HostIsa.parse("java", Set.of())).isEqualTo(HostIsa.JAVA);
        assertThat(HostIsa.JAVA.hasBf16Products()).isFalse();
    }

    @Test
    void aLowerOneMayBeForcedInAnyCase() {
        assertThat(HostIsa.parse("AVX2", AVX2_MACHINE)).isEqualTo(HostIsa.AVX2);
        assertThat(HostIsa.parse("java", AVX2_MACHINE)).isEqualTo(HostIsa.JAVA);
    }

    @Test
    void askingForMoreThanTheProcessorHasNamesWhatThereIs() {
        assertThatThrownBy(() -> HostIsa.parse("amx", AVX2_MACHINE))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("--host-isa amx")
                .hasMessageContaining("can run as avx2, java");
    }

    @Test
    void anUnknownNameListsTheKnownOnes() {
        assertThatThrownBy(() -> HostIsa.parse("sse9", AVX2_MACHINE))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("one of amx, avx512, avx2, java");
    }

    @Test
    void flagsAreThoseOfTheFirstProcessorListed(@TempDir Path folder) throws IOException {
        Path cpuinfo = Files.writeString(
                folder.resolve("cpuinfo"),
                "processor\t: 0\nflags\t\t: fpu avx2 fma\n\nprocessor\t: 1\nflags\t\t: fpu\n");
        assertThat(ProcessorFlags.ofCpuinfo(cpuinfo)).containsExactlyInAnyOrder("fpu", "avx2", "fma");
    }
}
