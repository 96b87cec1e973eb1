package org.rduzoo.runners.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.rduzoo.samba.ImageForm;
import org.rduzoo.samba.UserError;

/// Volumes in NIfTI, written here byte by byte as its definition says.
class NiftiTest {

    private static final ImageForm VOLUME = new ImageForm(3, 1, 3, 2);

    @TempDir
    Path folder;

    /// A file of 2 x 3 x 4 places (x, y, z), `channels` times, whose numbers count from -2.
    private static ByteBuffer file(int type, int bytes, ByteOrder order, int channels) {
        int count = 24 * channels;
        ByteBuffer file = ByteBuffer.allocate(352 + count * bytes).order(order);
        file.putInt(0, 348);
        short[] dims = {4, 2, 3, 4, (short) channels, 1, 1, 1};
        for (int i = 0; i < dims.length; i++) {
            file.putShort(40 + 2 * i, dims[i]);
        }
        file.putShort(70, (short) type);
        file.putShort(72, (short) (8 * bytes));
        file.putFloat(80, 1.5f);
        file.putFloat(108, 352);
        file.putFloat(112, 0.5f);
        file.putFloat(116, 10);
        file.putFloat(280, -7);
        file.put(344, new byte[] {'n', '+', '1', 0});
        for (int i = 0; i < count; i++) {
            int at = 352 + i * bytes;
            switch (type) {
                case 2, 256 -> file.put(at, (byte) (i - 2));
                case 4, 512 -> file.putShort(at, (short) (i - 2));
                case 8, 768 -> file.putInt(at, i - 2);
                case 16 -> file.putFloat(at, i - 2);
                case 64 -> file.putDouble(at, i - 2);
                default -> file.putLong(at, i - 2);
            }
        }
        return file;
    }

    private Path write(String name, byte[] bytes) throws IOException {
        return Files.write(folder.resolve(name), bytes);
    }

    private static byte[] packed(byte[] bytes) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(bytes);
        }
        return out.toByteArray();
    }

    @ParameterizedTest
    @CsvSource({"2, 1, 254", "256, 1, -2", "4, 2, -2", "512, 2, 65534", "8, 4, -2", "768, 4, 4294967294", "16, 4, -2"})
    void numbersOfEachTypeAreScaledInEitherOrder(int type, int bytes, double first) throws IOException {
        for (ByteOrder order : List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)) {
            Path file = write("volume.nii", file(type, bytes, order, 1).array());
            Picture volume = Nifti.read(file, VOLUME).picture();
            assertThat(volume.sides()).containsExactly(4, 3, 2);
            assertThat(volume.planes()[0][0]).isEqualTo((float) (first * 0.5 + 10));
            assertThat(volume.planes()[0][23]).isEqualTo(21 * 0.5f + 10);
        }
    }

    @Test
    void wideTypesAreReadAndAFourthDimensionIsTheChannels() throws IOException {
        for (int type : new int[] {64, 1024}) {
            Path file = write(
                    "volume.nii.gz",
                    packed(file(type, 8, ByteOrder.LITTLE_ENDIAN, 2).array()));
            Picture volume = Nifti.read(file, new ImageForm(3, 2, 3, 2)).picture();
            assertThat(volume.planes()).hasDimensions(2, 24);
            assertThat(volume.planes()[1][0]).isEqualTo(22 * 0.5f + 10);
            assertThatThrownBy(() -> Nifti.read(file, VOLUME)).hasMessageContaining("has 2 channels");
        }
    }

    @Test
    void withoutAScaleNumbersAreAsTheyLie() throws IOException {
        ByteBuffer file = file(4, 2, ByteOrder.LITTLE_ENDIAN, 1).putFloat(112, 0);
        Picture volume = Nifti.read(write("volume.nii", bytes(file)), VOLUME).picture();
        assertThat(volume.planes()[0]).startsWith(-2, -1, 0);
        float[] standard = volume.standardized().planes()[0];
        assertThat(standard[0]).isEqualTo(-standard[23]).isLessThan(-1.6f);
    }

    @Test
    void aMaskLiesInSpaceAsItsVolumeDoes() throws IOException {
        for (ByteOrder order : List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)) {
            Path file = write("volume.nii", file(16, 4, order, 1).array());
            int[] classes = new int[24];
            classes[5] = 2;
            Mask mask = new Mask(List.of(4, 3, 2), classes);
            Path out = folder.resolve("mask.nii.gz");
            Nifti.write(mask, Nifti.headerFor(file, VOLUME, mask), out, true);
            assertThat(Mask.read(out, VOLUME)).satisfies(m -> {
                assertThat(m.sides()).isEqualTo(mask.sides());
                assertThat(m.classes()).containsExactly(classes);
            });
            byte[] bytes = new GZIPInputStream(new ByteArrayInputStream(Files.readAllBytes(out))).readAllBytes();
            ByteBuffer header = ByteBuffer.wrap(bytes).order(order);
            assertThat(bytes).hasSize(352 + 24);
            assertThat(header.getFloat(80)).isEqualTo(1.5f);
            assertThat(header.getFloat(280)).isEqualTo(-7);
            assertThat(header.getShort(70)).isEqualTo((short) 2);
            assertThat(header.getFloat(112)).isEqualTo(1);
        }
    }

    @Test
    void volumesThatClaimTooMuchAreRefusedBeforeTheyAreRead() throws IOException {
        ByteBuffer huge = file(16, 4, ByteOrder.LITTLE_ENDIAN, 1);
        for (int d = 1; d <= 3; d++) {
            huge.putShort(40 + 2 * d, Short.MAX_VALUE);
        }
        assertRefused(huge, "more than 268435456 places");
        assertRefused(file(16, 4, ByteOrder.LITTLE_ENDIAN, 1).putShort(46, (short) 400), "Is it whole?");
        assertRefused(file(16, 4, ByteOrder.LITTLE_ENDIAN, 1).putShort(42, (short) -3), "dimension 1 has -3 places");
        assertRefused(file(16, 4, ByteOrder.LITTLE_ENDIAN, 1).putFloat(108, Float.NaN), "no place behind the header");
        assertRefused(file(16, 4, ByteOrder.LITTLE_ENDIAN, 1).putShort(70, (short) 128), "numbers of type 128");
        assertRefused(file(16, 4, ByteOrder.LITTLE_ENDIAN, 1).putFloat(116, Float.POSITIVE_INFINITY), "scales its");
        assertRefused(file(16, 4, ByteOrder.LITTLE_ENDIAN, 1).put(344, (byte) 'x'), "no NIfTI-1 file");
    }

    private static byte[] bytes(ByteBuffer file) {
        byte[] bytes = new byte[file.capacity()];
        file.get(0, bytes);
        return bytes;
    }

    private void assertRefused(ByteBuffer file, String message) throws IOException {
        for (boolean gz : new boolean[] {false, true}) {
            Path path = gz ? write("bad.nii.gz", packed(bytes(file))) : write("bad.nii", bytes(file));
            if (gz && message.startsWith("Is it")) {
                continue;
            }
            assertThatThrownBy(() -> Nifti.read(path, VOLUME))
                    .isInstanceOf(UserError.class)
                    .hasMessageContaining(message);
        }
    }

    @Test
    void damagedFilesAreUserErrors() throws IOException {
        byte[] plain = file(4, 2, ByteOrder.LITTLE_ENDIAN, 1).array();
        Random random = new Random(4);
        for (int i = 0; i < 600; i++) {
            byte[] whole = i % 2 == 0 ? plain : packed(plain);
            byte[] damaged = Arrays.copyOf(whole, random.nextInt(whole.length));
            for (int j = 0; j < i % 5 && damaged.length > 0; j++) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
            }
            Path file = write(i % 2 == 0 ? "damaged.nii" : "damaged.nii.gz", damaged);
            try {
                assertThat(Nifti.read(file, VOLUME).picture().places()).isPositive();
            } catch (UserError e) {
                assertThat(e).hasMessageContaining("damaged.nii");
            }
        }
    }
}
