package org.rduzoo.runners;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/// The most memory that this process had, where the system says so.
final class PeakMemory {

    private PeakMemory() {}

    /// Adds it as `peak_memory_bytes`.
    static void addTo(Map<String, Object> measured) {
        try {
            Files.readAllLines(Path.of("/proc/self/status")).stream()
                    .filter(l -> l.startsWith("VmHWM:"))
                    .map(l -> Long.parseLong(l.replaceAll("\\D", "")) * 1024)
                    .findFirst()
                    .ifPresent(bytes -> measured.put("peak_memory_bytes", bytes));
        } catch (IOException _) {
            // Not Linux: it is left out.
        }
    }
}
