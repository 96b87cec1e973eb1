package org.rduzoo.backend.host.machine;

import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.rduzoo.samba.UserError;

/// What the host engine may use of this machine's processor, most capable first. A processor that has one has those
/// after it; one that is not an x86 has [#JAVA] alone.
public enum HostIsa {
    /// Tiles of bf16 (Intel AMX), and [#AVX512].
    AMX("amx_tile", "amx_bf16", "avx512f", "avx512bw", "avx512vl", "avx512dq"),
    /// Vectors of 512 bits. Whether they multiply bf16 is another question: [#hasBf16Products()].
    AVX512("avx512f", "avx512bw", "avx512vl", "avx512dq"),
    /// Vectors of 256 bits with fused multiply-add.
    AVX2("avx2", "fma"),
    /// Nothing but what every Java runtime has: no native library, no vectors.
    JAVA();

    private final Set<String> flags;

    HostIsa(String... flags) {
        this.flags = Set.of(flags);
    }

    /// The best that this processor has.
    public static HostIsa detect() {
        for (HostIsa isa : values()) {
            if (Detected.FLAGS.containsAll(isa.flags)) {
                return isa;
            }
        }
        return JAVA;
    }

    /// The one of this name, as in `--host-isa avx2`.
    ///
    /// @throws UserError if there is none of this name, or this processor lacks it
    public static HostIsa parse(String name) {
        return parse(name, Detected.FLAGS);
    }

    /// All that this processor can run as, the best first.
    public static Stream<HostIsa> available() {
        return available(Detected.FLAGS);
    }

    /// Whether bf16 is multiplied in hardware when running as this: always by [#AMX], by [#AVX512] if this processor
    /// has AVX512_BF16.
    public boolean hasBf16Products() {
        return switch (this) {
            case AMX -> true;
            case AVX512 -> Detected.FLAGS.contains("avx512_bf16");
            case AVX2, JAVA -> false;
        };
    }

    /// The name on the command line, as in `avx512`.
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    static HostIsa parse(String name, Set<String> present) {
        HostIsa isa = Arrays.stream(values())
                .filter(i -> i.text().equals(name.toLowerCase(Locale.ROOT)))
                .findFirst()
                .orElseThrow(() -> new UserError("--host-isa %s is unknown: it is one of %s.\n%s"
                        .formatted(name, names(Arrays.stream(values())), whatThereIs(present))));
        if (!present.containsAll(isa.flags)) {
            throw new UserError("--host-isa %s asks for what this processor lacks.\n%s"
                    .formatted(isa.text(), whatThereIs(present)));
        }
        return isa;
    }

    private static Stream<HostIsa> available(Set<String> present) {
        return Arrays.stream(values()).filter(i -> present.containsAll(i.flags));
    }

    private static String whatThereIs(Set<String> present) {
        return "This processor can run as %s; without --host-isa, the first of them is taken."
                .formatted(names(available(present)));
    }

    private static String names(Stream<HostIsa> isas) {
        return isas.map(HostIsa::text).collect(Collectors.joining(", "));
    }

    /// The processor's flags, read when they are first asked for.
    private static final class Detected {

        static final Set<String> FLAGS = ProcessorFlags.read();

        private Detected() {}
    }
}
