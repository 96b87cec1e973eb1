package org.rduzoo.checkpoint.hub;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Pattern;

/// One repository's folder in the cache, laid out as the Python tools do:
///
/// ```
/// models--organisation--name/blobs/ETAG                      each content once
/// models--organisation--name/refs/main                       the commit that a branch or tag stood for
/// models--organisation--name/snapshots/COMMIT/config.json    a link to ../../blobs/ETAG
/// .locks/models--organisation--name/ETAG.lock                held while a blob is written
/// ```
final class HubCache {

    /// The operating system locks files against other processes alone; this, against threads of ours.
    private static final Map<Path, ReentrantLock> LOCKS = new ConcurrentHashMap<>();

    private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");

    private final Path folder;
    private final Path locks;

    HubCache(Path cache, String repo) {
        String name = "models--" + repo.replace("/", "--");
        this.folder = cache.resolve(name);
        this.locks = cache.resolve(".locks").resolve(name);
    }

    /// The commit that a revision stood for when it was last pulled.
    Optional<String> commit(String revision) throws IOException {
        Path ref = folder.resolve("refs").resolve(revision);
        if (Files.isRegularFile(ref)) {
            return Optional.of(Files.readString(ref).strip())
                    .filter(c -> COMMIT.matcher(c).matches());
        }
        return COMMIT.matcher(revision).matches() ? Optional.of(revision) : Optional.empty();
    }

    /// Notes what a revision stands for.
    void remember(String revision, String commit) throws IOException {
        if (!revision.equals(commit)) {
            Path ref = folder.resolve("refs").resolve(revision);
            Path around = Objects.requireNonNull(ref.getParent());
            Files.createDirectories(around);
            Path written = Files.createTempFile(around, ".ref", null);
            Files.write(written, commit.getBytes(StandardCharsets.UTF_8));
            Files.move(written, ref, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    Path snapshot(String commit) {
        return folder.resolve("snapshots").resolve(commit);
    }

    Path blob(String name) {
        return folder.resolve("blobs").resolve(name);
    }

    /// Where a blob grows until it is whole.
    Path incomplete(String name) {
        return folder.resolve("blobs").resolve(name + ".incomplete");
    }

    void create() throws IOException {
        Files.createDirectories(folder.resolve("blobs"));
        Files.createDirectories(locks);
    }

    /// The folder that free space counts for.
    Path folder() {
        return folder;
    }

    /// Puts a blob under its file's name into a snapshot: a relative link, or where links cannot be, the
    /// file itself.
    void link(String commit, String file, String blobName) throws IOException {
        Path link = snapshot(commit).resolve(file);
        Path around = Objects.requireNonNull(link.getParent());
        Files.createDirectories(around);
        Path target = around.relativize(blob(blobName));
        if (Files.isSymbolicLink(link) && Files.readSymbolicLink(link).equals(target)) {
            return;
        }
        Path made = link.resolveSibling(
                "." + link.getFileName() + "." + ProcessHandle.current().pid() + ".link");
        Files.deleteIfExists(made);
        try {
            Files.createSymbolicLink(made, target);
        } catch (UnsupportedOperationException | FileSystemException e) {
            if (e instanceof FileAlreadyExistsException) {
                throw e;
            }
            Files.copy(blob(blobName), made);
        }
        if (Files.isDirectory(link, LinkOption.NOFOLLOW_LINKS)) {
            throw new FileAlreadyExistsException(link.toString(), null, "a folder is where a file belongs");
        }
        Files.move(made, link, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /// Waits until nobody else writes this blob, and keeps others from it.
    Lock lock(String blobName) throws IOException {
        Path file = locks.resolve(blobName + ".lock");
        ReentrantLock threads = LOCKS.computeIfAbsent(file, f -> new ReentrantLock());
        threads.lock();
        try {
            FileChannel channel = FileChannel.open(
                    file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.READ);
            return new Lock(threads, channel, channel.lock());
        } catch (IOException | RuntimeException e) {
            threads.unlock();
            throw e;
        }
    }

    /// Held until it is closed.
    record Lock(ReentrantLock threads, FileChannel channel, FileLock processes) implements AutoCloseable {
        @Override
        public void close() throws IOException {
            try {
                processes.release();
                channel.close();
            } finally {
                threads.unlock();
            }
        }
    }
}
