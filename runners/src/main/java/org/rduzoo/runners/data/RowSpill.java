package org.rduzoo.runners.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// Rows of a split on their way to a file: written one after another, then read in any order. They lie in a temporary
/// file, so that the input may be larger than memory.
final class RowSpill implements AutoCloseable {

    private static final int BUFFER_BYTES = 1 << 18;

    private final FileChannel channel;
    private final int length;
    private final boolean categories;
    private final int rowBytes;
    private final ByteBuffer buffer;
    private int count;

    /// @param length tokens a row
    /// @param categories whether the tokens' categories are kept
    RowSpill(Path file, int length, boolean categories) throws IOException {
        this.length = length;
        this.categories = categories;
        rowBytes = Math.multiplyExact(length, categories ? 9 : 5);
        buffer = ByteBuffer.allocate(Math.max(rowBytes, BUFFER_BYTES)).order(ByteOrder.nativeOrder());
        channel = FileChannel.open(
                file, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);
    }

    int count() {
        return count;
    }

    void add(TokenRun row) {
        if (buffer.remaining() < rowBytes) {
            flush();
        }
        for (int i = 0; i < length; i++) {
            buffer.putInt(row.id(i));
        }
        for (int i = 0; categories && i < length; i++) {
            buffer.putInt(row.category(i));
        }
        for (int i = 0; i < length; i++) {
            buffer.put(row.type(i));
        }
        count++;
    }

    /// Everything added lies in the file.
    void flush() {
        try {
            buffer.flip();
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
            buffer.clear();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Copies row `row` into place `at` of each array.
    ///
    /// @param categoriesOut empty where categories are not kept
    void read(int row, int at, int[][] ids, int[][] types, int[][] categoriesOut) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(rowBytes).order(ByteOrder.nativeOrder());
        long start = (long) row * rowBytes;
        while (bytes.hasRemaining()) {
            if (channel.read(bytes, start + bytes.position()) < 0) {
                throw new IOException("a temporary file was cut short");
            }
        }
        bytes.flip();
        for (int i = 0; i < length; i++) {
            ids[at][i] = bytes.getInt();
        }
        for (int i = 0; categories && i < length; i++) {
            categoriesOut[at][i] = bytes.getInt();
        }
        for (int i = 0; i < length; i++) {
            types[at][i] = bytes.get();
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
