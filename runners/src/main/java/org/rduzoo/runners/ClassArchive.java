package org.rduzoo.runners;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import javax.management.JMException;
import javax.management.ObjectName;
import org.rduzoo.backend.host.HostModel;

/// The archive of loaded classes that the launcher starts later runs with, where there is none yet.
final class ClassArchive {

    private ClassArchive() {}

    /// Writes it, if the launcher says where, and if enough was done that its classes are worth it. It appears whole or
    /// not at all; if it cannot be written, later runs start as slowly as this one.
    static void write() {
        String file = System.getProperty("rdu.archive");
        if (file == null || !HostModel.hasRun()) {
            return;
        }
        // What the virtual machine says of it is no part of the result.
        System.setOut(new PrintStream(OutputStream.nullOutputStream()));
        Path part = Path.of(file + "." + ProcessHandle.current().pid());
        try {
            ManagementFactory.getPlatformMBeanServer()
                    .invoke(
                            new ObjectName("com.sun.management:type=DiagnosticCommand"),
                            "vmCds",
                            new Object[] {new String[] {"dynamic_dump", part.toString()}},
                            new String[] {String[].class.getName()});
            Files.move(part, Path.of(file), StandardCopyOption.ATOMIC_MOVE);
        } catch (JMException | IOException | RuntimeException _) {
            delete(part);
        }
    }

    private static void delete(Path part) {
        try {
            Files.deleteIfExists(part);
        } catch (IOException _) {
            // It stays until the next build.
        }
    }
}
