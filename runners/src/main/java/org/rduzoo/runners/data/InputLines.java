package org.rduzoo.runners.data;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.rduzoo.samba.UserError;

/// The lines of a text file, or of all such files in a folder. Files are mapped, so that any line is at hand.
///
/// A line ends with `\n`, `\r` or `\r\n`. Lines of white space alone are passed over in JSONL, and count in plain text.
final class InputLines implements AutoCloseable {

    private final Arena arena = Arena.ofShared();
    private final List<Source> sources;
    private final boolean jsonl;
    private final long bytes;

    /// One file.
    ///
    /// @param starts where each line starts
    /// @param ends where each ends, what marks the end left out
    /// @param numbers the number of each line in the file
    /// @param first the number of its first line among all
    private record Source(Path path, MemorySegment data, long[] starts, long[] ends, int[] numbers, int first) {}

    /// @param jsonl whether lines are JSON; else they are text
    private InputLines(List<Path> files, boolean jsonl) throws IOException {
        this.jsonl = jsonl;
        List<Source> list = new ArrayList<>();
        int first = 0;
        long size = 0;
        try {
            for (Path file : files) {
                Source source = index(file, first);
                list.add(source);
                first = Math.addExact(first, source.starts.length);
                size += source.data.byteSize();
            }
        } catch (IOException | RuntimeException e) {
            arena.close();
            throw e;
        }
        sources = List.copyOf(list);
        bytes = size;
    }

    /// Opens a `.jsonl` or `.txt` file, or a folder of the one or the other.
    ///
    /// @throws UserError when it is neither, or cannot be read, or has no lines
    static InputLines open(Path path) {
        List<Path> files = files(path);
        boolean jsonl = extension(files.getFirst()).equals("jsonl");
        try {
            InputLines lines = new InputLines(files, jsonl);
            if (lines.count() == 0) {
                lines.close();
                throw new UserError(path + " has no lines: there is nothing to prepare.");
            }
            return lines;
        } catch (IOException e) {
            throw new UserError("%s cannot be read: %s".formatted(path, UserError.reason(e)), e);
        }
    }

    private static List<Path> files(Path path) {
        if (Files.isRegularFile(path)) {
            String extension = extension(path);
            if (!extension.equals("jsonl") && !extension.equals("txt")) {
                throw new UserError(path + " is neither a .jsonl nor a .txt file. Is it named as what it holds?");
            }
            return List.of(path);
        }
        if (!Files.isDirectory(path)) {
            throw new UserError(path + " does not exist. Expected a .jsonl or .txt file, or a folder of such files.");
        }
        try (Stream<Path> all = Files.list(path)) {
            List<Path> files = all.filter(Files::isRegularFile).sorted().toList();
            for (String extension : List.of("jsonl", "txt")) {
                List<Path> chosen = files.stream()
                        .filter(f -> extension(f).equals(extension))
                        .toList();
                if (!chosen.isEmpty()) {
                    return chosen;
                }
            }
        } catch (IOException e) {
            throw new UserError("%s cannot be read: %s".formatted(path, UserError.reason(e)), e);
        }
        throw new UserError(path + " holds no .jsonl and no .txt file.");
    }

    private static String extension(Path path) {
        String name = path.getFileName().toString();
        return name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
    }

    boolean isJsonl() {
        return jsonl;
    }

    /// `.jsonl` or `.txt`.
    String extension() {
        return jsonl ? ".jsonl" : ".txt";
    }

    /// All files together.
    long bytes() {
        return bytes;
    }

    int count() {
        Source last = sources.getLast();
        return last.first + last.starts.length;
    }

    /// The line, its end as `\n` if it has one.
    String text(int line) {
        Source s = source(line);
        int i = line - s.first;
        String text = new String(
                s.data.asSlice(s.starts[i], s.ends[i] - s.starts[i]).toArray(ValueLayout.JAVA_BYTE),
                StandardCharsets.UTF_8);
        return s.ends[i] < s.data.byteSize() ? text + "\n" : text;
    }

    /// As in `data.jsonl, line 7`.
    String place(int line) {
        Source s = source(line);
        return "%s, line %d".formatted(s.path, s.numbers[line - s.first]);
    }

    @Override
    public void close() {
        arena.close();
    }

    private Source source(int line) {
        int i = 0;
        while (i < sources.size() - 1 && sources.get(i + 1).first <= line) {
            i++;
        }
        return sources.get(i);
    }

    private Source index(Path file, int first) throws IOException {
        MemorySegment data;
        try (FileChannel channel = FileChannel.open(file)) {
            data = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
        }
        long[] starts = new long[1024];
        long[] ends = new long[1024];
        int[] numbers = new int[1024];
        int count = 0;
        int number = 0;
        long size = data.byteSize();
        long at = jsonl && startsWithMark(data) ? 3 : 0;
        while (at < size) {
            long start = at;
            boolean blank = true;
            while (at < size && !isEnd(data.get(ValueLayout.JAVA_BYTE, at))) {
                byte b = data.get(ValueLayout.JAVA_BYTE, at++);
                blank &= b == ' ' || b == '\t';
            }
            long end = at;
            if (at < size) {
                boolean pair = data.get(ValueLayout.JAVA_BYTE, at) == '\r'
                        && at + 1 < size
                        && data.get(ValueLayout.JAVA_BYTE, at + 1) == '\n';
                at += pair ? 2 : 1;
            }
            number++;
            if (jsonl && blank) {
                continue;
            }
            if (count == starts.length) {
                starts = Arrays.copyOf(starts, 2 * count);
                ends = Arrays.copyOf(ends, 2 * count);
                numbers = Arrays.copyOf(numbers, 2 * count);
            }
            starts[count] = start;
            ends[count] = end;
            numbers[count++] = number;
        }
        return new Source(
                file,
                data,
                Arrays.copyOf(starts, count),
                Arrays.copyOf(ends, count),
                Arrays.copyOf(numbers, count),
                first);
    }

    private static boolean isEnd(byte b) {
        return b == '\n' || b == '\r';
    }

    /// Whether the file starts with the mark that some editors put before UTF-8.
    private static boolean startsWithMark(MemorySegment data) {
        return data.byteSize() >= 3
                && data.get(ValueLayout.JAVA_BYTE, 0) == (byte) 0xef
                && data.get(ValueLayout.JAVA_BYTE, 1) == (byte) 0xbb
                && data.get(ValueLayout.JAVA_BYTE, 2) == (byte) 0xbf;
    }
}
