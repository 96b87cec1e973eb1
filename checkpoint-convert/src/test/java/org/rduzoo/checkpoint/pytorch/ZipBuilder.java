package org.rduzoo.checkpoint.pytorch;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/// Writes a zip of stored files, in the plain form or in that for large ones (zip64).
final class ZipBuilder {

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
        int size = zip64 ? -1 : content.length;
        files.writeBytes(little(30 + nameBytes.length)
                .putInt(0x04034b50)
                .putShort((short) 45)
                .putInt(0)
                .putInt(0)
                .putInt(0)
                .putInt(size)
                .putInt(size)
                .putShort((short) nameBytes.length)
                .putShort((short) 0)
                .put(nameBytes)
                .array());
        files.writeBytes(content);
        int extra = zip64 ? 4 + 24 : 0;
        ByteBuffer entry = little(46 + nameBytes.length + extra)
                .putInt(0x02014b50)
                .putInt(45)
                .putInt(0)
                .putInt(0)
                .putInt(0)
                .putInt(size)
                .putInt(size)
                .putShort((short) nameBytes.length)
                .putShort((short) extra)
                .putShort((short) 0)
                .putLong(0)
                .putInt(zip64 ? -1 : (int) at)
                .put(nameBytes);
        if (zip64) {
            entry.putShort((short) 1)
                    .putShort((short) 24)
                    .putLong(content.length)
                    .putLong(content.length)
                    .putLong(at);
        }
        directory.writeBytes(entry.array());
        count++;
        return this;
    }

    byte[] bytes() {
        long start = files.size();
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(files.toByteArray());
        all.writeBytes(directory.toByteArray());
        if (zip64) {
            all.writeBytes(little(56 + 20)
                    .putInt(0x06064b50)
                    .putLong(44)
                    .putInt(0)
                    .putLong(0)
                    .putLong(count)
                    .putLong(count)
                    .putLong(directory.size())
                    .putLong(start)
                    .putInt(0x07064b50)
                    .putInt(0)
                    .putLong(start + directory.size())
                    .putInt(1)
                    .array());
        }
        all.writeBytes(little(22)
                .putInt(0x06054b50)
                .putInt(0)
                .putShort((short) count)
                .putShort((short) count)
                .putInt(zip64 ? -1 : directory.size())
                .putInt(zip64 ? -1 : (int) start)
                .putShort((short) 0)
                .array());
        return all.toByteArray();
    }

    private static ByteBuffer little(int bytes) {
        return ByteBuffer.wrap(new byte[bytes]).order(ByteOrder.LITTLE_ENDIAN);
    }
}
