package org.rduzoo.checkpoint.pytorch;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/// Writes a zip of stored files, in the plain form or in that for large ones (zip64).
final class ZipBuilder {

    private static final int VERSION = 45;
    private static final long IN_EXTRA_FIELD = 0xffff_ffffL;

    private final boolean zip64;
    private final ByteArrayOutputStream files = new ByteArrayOutputStream();
    private final ByteArrayOutputStream directory = new ByteArrayOutputStream();
    private int count;

    ZipBuilder(boolean zip64) {
        this.zip64 = zip64;
    }

    ZipBuilder file(String name, byte[] content) {
        byte[] nameBytes = name.getBytes(StandardCharsets.UTF_8);
        long at = files.size();
        long size = zip64 ? IN_EXTRA_FIELD : content.length;
        // Signature, version, flags and method, time, check sum, both sizes, length of name and of extra field.
        numbers(files, 4, 0x04034b50);
        numbers(files, 2, VERSION, 0, 0, 0, 0);
        numbers(files, 4, 0, size, size);
        numbers(files, 2, nameBytes.length, 0);
        files.writeBytes(nameBytes);
        files.writeBytes(content);
        numbers(directory, 4, 0x02014b50);
        numbers(directory, 2, VERSION, VERSION, 0, 0, 0, 0);
        numbers(directory, 4, 0, size, size);
        numbers(directory, 2, nameBytes.length, zip64 ? 4 + 24 : 0, 0, 0, 0);
        numbers(directory, 4, 0, zip64 ? IN_EXTRA_FIELD : at);
        directory.writeBytes(nameBytes);
        if (zip64) {
            numbers(directory, 2, 1, 24);
            numbers(directory, 8, content.length, content.length, at);
        }
        count++;
        return this;
    }

    byte[] bytes() {
        long start = files.size();
        long end = start + directory.size();
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(files.toByteArray());
        all.writeBytes(directory.toByteArray());
        if (zip64) {
            numbers(all, 4, 0x06064b50);
            numbers(all, 8, 44);
            numbers(all, 2, VERSION, VERSION);
            numbers(all, 4, 0, 0);
            numbers(all, 8, count, count, directory.size(), start);
            numbers(all, 4, 0x07064b50, 0);
            numbers(all, 8, end);
            numbers(all, 4, 1);
        }
        numbers(all, 4, 0x06054b50);
        numbers(all, 2, 0, 0, count, count);
        numbers(all, 4, zip64 ? IN_EXTRA_FIELD : directory.size(), zip64 ? IN_EXTRA_FIELD : start);
        numbers(all, 2, 0);
        return all.toByteArray();
    }

    private static void numbers(ByteArrayOutputStream out, int width, long... values) {
        for (long value : values) {
            for (int i = 0; i < width; i++) {
                out.write((int) (value >>> (8 * i)));
            }
        }
    }
}
