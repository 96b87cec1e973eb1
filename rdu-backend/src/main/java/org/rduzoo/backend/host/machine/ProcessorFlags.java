package org.rduzoo.backend.host.machine;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.StringTokenizer;
import java.util.stream.Collectors;

/// What the processor has, under the names that Linux gives: `avx2`, `fma`, `avx512f`, `amx_bf16` …
final class ProcessorFlags {

    private ProcessorFlags() {}

    /// The flags of this machine, as its operating system tells them; none where the processor is not an x86.
    static Set<String> read() {
        String os = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
        String arch = System.getProperty("os.arch", "");
        if (!arch.equals("amd64") && !arch.equals("x86_64")) {
            return Set.of();
        }
        if (os.contains("linux")) {
            return ofCpuinfo(Path.of("/proc/cpuinfo"));
        }
        if (os.contains("mac")) {
            return ofSysctl();
        }
        return os.contains("windows") ? ofWindows() : Set.of();
    }

    /// The flags of the first processor in Linux's list.
    static Set<String> ofCpuinfo(Path cpuinfo) {
        try (BufferedReader lines = Files.newBufferedReader(cpuinfo)) {
            String line = lines.readLine();
            while (line != null && !line.startsWith("flags")) {
                line = lines.readLine();
            }
            return line == null ? Set.of() : words(line.substring(line.indexOf(':') + 1));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + cpuinfo + ", which tells what the processor has", e);
        }
    }

    private static Set<String> words(String text) {
        Set<String> words = new HashSet<>();
        for (StringTokenizer tokens = new StringTokenizer(text); tokens.hasMoreTokens(); ) {
            words.add(tokens.nextToken());
        }
        return words;
    }

    @SuppressWarnings("restricted")
    private static Set<String> ofSysctl() {
        Map<String, String> names = Map.of(
                "avx2", "hw.optional.avx2_0",
                "fma", "hw.optional.fma",
                "avx512f", "hw.optional.avx512f",
                "avx512bw", "hw.optional.avx512bw",
                "avx512vl", "hw.optional.avx512vl",
                "avx512dq", "hw.optional.avx512dq");
        Linker linker = Linker.nativeLinker();
        MethodHandle sysctl = linker.downcallHandle(
                linker.defaultLookup().findOrThrow("sysctlbyname"),
                FunctionDescriptor.of(
                        ValueLayout.JAVA_INT,
                        ValueLayout.ADDRESS,
                        ValueLayout.ADDRESS,
                        ValueLayout.ADDRESS,
                        ValueLayout.ADDRESS,
                        ValueLayout.JAVA_LONG));
        Set<String> flags = new HashSet<>();
        try (Arena arena = Arena.ofConfined()) {
            for (Map.Entry<String, String> name : names.entrySet()) {
                MemorySegment value = arena.allocate(ValueLayout.JAVA_INT);
                MemorySegment size = arena.allocateFrom(ValueLayout.JAVA_LONG, Integer.BYTES);
                int failed = (int)
                        sysctl.invokeExact(arena.allocateFrom(name.getValue()), value, size, MemorySegment.NULL, 0L);
                if (failed == 0 && value.get(ValueLayout.JAVA_INT, 0) != 0) {
                    flags.add(name.getKey());
                }
            }
        } catch (Throwable e) {
            throw new IllegalStateException("sysctlbyname cannot be called", e);
        }
        return Set.copyOf(flags);
    }

    /// Windows answers by number: 40 is AVX2, whose processors all have FMA; 41 is AVX-512F, taken here as that of
    /// servers and desktops, which comes with BW, VL and DQ.
    @SuppressWarnings("restricted")
    private static Set<String> ofWindows() {
        Map<Integer, List<String>> features =
                Map.of(40, List.of("avx2", "fma"), 41, List.of("avx512f", "avx512bw", "avx512vl", "avx512dq"));
        try (Arena arena = Arena.ofConfined()) {
            MethodHandle present = Linker.nativeLinker()
                    .downcallHandle(
                            SymbolLookup.libraryLookup("kernel32", arena).findOrThrow("IsProcessorFeaturePresent"),
                            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
            Set<String> flags = new HashSet<>();
            for (Map.Entry<Integer, List<String>> feature : features.entrySet()) {
                if ((int) present.invokeExact((int) feature.getKey()) != 0) {
                    flags.addAll(feature.getValue());
                }
            }
            return flags.stream().collect(Collectors.toUnmodifiableSet());
        } catch (Throwable e) {
            throw new IllegalStateException("IsProcessorFeaturePresent cannot be called", e);
        }
    }
}
