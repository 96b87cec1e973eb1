package org.rduzoo.runners.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.rduzoo.samba.ImageForm;
import org.rduzoo.samba.UserError;

/// Images and masks read from PNG, JPEG and TIFF.
class PictureTest {

    private static final ImageForm GREY = new ImageForm(2, 1, 1, 2);
    private static final ImageForm COLOURS = new ImageForm(2, 3, 4, 2);
    private static final ImageForm VOLUME = new ImageForm(3, 1, 1, 2);

    @TempDir
    Path folder;

    private Path png(BufferedImage image) throws IOException {
        Path file = folder.resolve("image.png");
        ImageIO.write(image, "png", file.toFile());
        return file;
    }

    @Test
    void shadesOfSixteenBitsKeepAllOfThem() throws IOException {
        BufferedImage image = new BufferedImage(3, 2, BufferedImage.TYPE_USHORT_GRAY);
        image.getRaster().setPixels(0, 0, 3, 2, new int[] {0, 1, 256, 65534, 65535, 32768});
        Picture picture = Picture.read(png(image), GREY);
        assertThat(picture.sides()).containsExactly(2, 3);
        assertThat(picture.planes()[0]).containsExactly(0, 1 / 65535f, 256 / 65535f, 65534 / 65535f, 1, 32768 / 65535f);
    }

    @Test
    void greyAndColoursBecomeEachOther() throws IOException {
        BufferedImage image = new BufferedImage(2, 1, BufferedImage.TYPE_INT_RGB);
        image.setRGB(0, 0, 0xff8000);
        image.setRGB(1, 0, 0x0000ff);
        assertThat(Picture.read(png(image), GREY).planes()[0]).containsExactly(0.299f + 0.587f * (128 / 255f), 0.114f);
        BufferedImage grey = new BufferedImage(1, 1, BufferedImage.TYPE_BYTE_GRAY);
        grey.getRaster().setSample(0, 0, 0, 51);
        assertThat(Picture.read(png(grey), COLOURS).planes()).isDeepEqualTo(new float[][] {{0.2f}, {0.2f}, {0.2f}});
    }

    @Test
    void pagesAreSlicesOfAVolumeAndNoImage() throws IOException {
        Path file = folder.resolve("pages.tif");
        ImageWriter writer = ImageIO.getImageWritersByFormatName("tiff").next();
        try (ImageOutputStream out = ImageIO.createImageOutputStream(file.toFile())) {
            writer.setOutput(out);
            writer.prepareWriteSequence(null);
            for (int page = 0; page < 3; page++) {
                BufferedImage image = new BufferedImage(2, 4, BufferedImage.TYPE_BYTE_GRAY);
                image.getRaster().setSample(1, 2, 0, 85 * (page + 1));
                writer.writeToSequence(new IIOImage(image, null, null), null);
            }
            writer.endWriteSequence();
        }
        Picture volume = Picture.read(file, VOLUME);
        assertThat(volume.sides()).containsExactly(3, 4, 2);
        assertThat(new float[] {volume.planes()[0][5], volume.planes()[0][13], volume.planes()[0][21]})
                .containsExactly(85 / 255f, 170 / 255f, 1);
        assertThatThrownBy(() -> Picture.read(file, GREY))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("several pages");
    }

    @Test
    void masksHoldClassesOrTheirShades() throws IOException {
        BufferedImage image = new BufferedImage(4, 1, BufferedImage.TYPE_BYTE_GRAY);
        image.getRaster().setPixels(0, 0, 4, 1, new int[] {0, 1, 2, 3});
        assertThat(Mask.read(png(image), COLOURS).classes()).containsExactly(0, 1, 2, 3);
        image.getRaster().setPixels(0, 0, 4, 1, new int[] {0, 85, 170, 255});
        assertThat(Mask.read(png(image), COLOURS).classes()).containsExactly(0, 1, 2, 3);
        assertThat(Mask.read(png(image), GREY).classes()).containsExactly(0, 0, 1, 1);
        image.getRaster().setPixels(0, 0, 4, 1, new int[] {0, 1, 1, 0});
        assertThat(Mask.read(png(image), GREY).classes()).containsExactly(0, 1, 1, 0);
        image.getRaster().setPixels(0, 0, 4, 1, new int[] {0, 85, 86, 255});
        assertThatThrownBy(() -> Mask.read(png(image), COLOURS))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("holds 86.0 at place 2, which is none of the classes 0 to 3");
    }

    @Test
    void masksOfAPaletteHoldItsNumbers() throws IOException {
        byte[] red = {0, -1, 0, 7};
        BufferedImage image = new BufferedImage(
                3, 1, BufferedImage.TYPE_BYTE_INDEXED, new IndexColorModel(8, 4, red, new byte[4], new byte[4]));
        image.getRaster().setPixels(0, 0, 3, 1, new int[] {3, 0, 1});
        assertThat(Mask.read(png(image), COLOURS).classes()).containsExactly(3, 0, 1);
        BufferedImage coloured = new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB);
        coloured.setRGB(0, 0, 0xff0000);
        assertThatThrownBy(() -> Mask.read(png(coloured), COLOURS)).hasMessageContaining("is coloured");
    }

    @Test
    void aMaskThatIsWrittenIsReadAgain() {
        Mask mask = new Mask(List.of(2, 3), new int[] {0, 1, 2, 3, 3, 0});
        Path file = folder.resolve("mask.png");
        mask.write(4, file, false);
        assertThat(Mask.read(file, COLOURS).classes()).containsExactly(mask.classes());
        assertThatThrownBy(() -> mask.write(4, file, false)).hasMessageContaining("--force");
    }

    /// A PNG file that says that it is 2^30 places wide and high, and has nothing.
    @Test
    void anImageThatClaimsTooMuchIsRefusedBeforeItIsRead() throws IOException {
        byte[] bytes = Files.readAllBytes(png(new BufferedImage(1, 1, BufferedImage.TYPE_BYTE_GRAY)));
        for (int side : new int[] {1 << 30, 1 << 13}) {
            ByteBuffer.wrap(bytes).putInt(16, side).putInt(20, side);
            CRC32 crc = new CRC32();
            crc.update(bytes, 12, 17);
            ByteBuffer.wrap(bytes).putInt(29, (int) crc.getValue());
            Path file = Files.write(folder.resolve("huge.png"), bytes);
            assertThatThrownBy(() -> Picture.read(file, GREY))
                    .isInstanceOf(UserError.class)
                    .hasMessageContaining("%d x %d, too much", side, side);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"png", "jpg", "tif"})
    void damagedFilesAreUserErrors(String kind) throws IOException {
        BufferedImage image = new BufferedImage(40, 30, BufferedImage.TYPE_BYTE_GRAY);
        Path whole = folder.resolve("whole." + kind);
        ImageIO.write(image, kind, whole.toFile());
        byte[] bytes = Files.readAllBytes(whole);
        Random random = new Random(4);
        Path file = folder.resolve("damaged." + kind);
        for (int i = 0; i < 300; i++) {
            byte[] damaged = i % 2 == 0 ? Arrays.copyOf(bytes, random.nextInt(bytes.length)) : bytes.clone();
            for (int j = 0; j < i % 5 && damaged.length > 0; j++) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
            }
            Files.write(file, damaged);
            try {
                assertThat(Picture.read(file, GREY).planes()).isNotEmpty();
            } catch (UserError e) {
                assertThat(e).hasMessageContaining("damaged." + kind);
            }
        }
    }
}
