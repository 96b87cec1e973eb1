package org.rduzoo.runners;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.rduzoo.runners.CommandLine.run;
import static org.rduzoo.runners.CommandLine.tiny;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.rduzoo.checkpoint.safetensors.SafetensorsFile;
import org.rduzoo.runners.CommandLine.Outcome;
import org.rduzoo.samba.Weights.Weight;

/// Image models on the command line.
final class ImagesTest {

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"unet2d", "unet3d"})
    void rawTensorsGiveTheGoldenLogits(String model) {
        Path out = folder.resolve("out.safetensors");
        Outcome outcome = run(
                "run",
                "unet",
                "--inference",
                "--precision=fp32",
                "--checkpoint",
                tiny(model).toString(),
                "--inputs",
                CommandLine.inputs(model, folder).toString(),
                "--outputs",
                out.toString());
        assertThat(outcome.err()).isEmpty();
        assertThat(outcome.status()).isZero();
        try (SafetensorsFile golden = CommandLine.golden(model);
                SafetensorsFile found = SafetensorsFile.open(out)) {
            Weight expected = golden.find("outputs.logits_eval").orElseThrow();
            Weight logits = found.find("logits").orElseThrow();
            assertThat(logits.type()).isEqualTo(expected.type());
            for (long i = 0; i < expected.type().elements(); i++) {
                assertThat(logits.segment().getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, i))
                        .isCloseTo(expected.segment().getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, i), within(1e-4f));
            }
        }
    }

    @Test
    void whatARunTakesIsMeasuredBesideWhatItWouldOnTheChip() {
        Outcome outcome = run(
                "measure-performance",
                "unet",
                "--inference",
                "--checkpoint",
                tiny("unet2d").toString(),
                "-b=2",
                "--in-width=16",
                "--in-height=16",
                "--json");
        assertThat(outcome.err()).doesNotContain("bug");
        assertThat(outcome.status()).isZero();
        assertThat(outcome.out())
                .contains("\"measured\": {\"seconds\": ", "\"unit\": \"images/s\"", "\"peak_memory_bytes\": ")
                .contains("\"predicted\": {\"arch\": \"sn40\"", "\"bound_by\": ");
    }

    @Test
    void aPictureGivesMaskAndOverlayOfItsSizeWhateverTheTiles() throws IOException {
        Path picture = folder.resolve("picture.png");
        BufferedImage image = new BufferedImage(40, 36, BufferedImage.TYPE_INT_RGB);
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < 40 * 36; i++) {
            image.setRGB(i % 40, i / 40, random.nextInt(1 << 24));
        }
        ImageIO.write(image, "png", picture.toFile());
        Path target = folder.resolve("target.png");
        BufferedImage mask = new BufferedImage(40, 36, BufferedImage.TYPE_BYTE_GRAY);
        mask.getRaster().setSample(3, 4, 0, 255);
        ImageIO.write(mask, "png", target.toFile());
        for (String tile : List.of("16", "48")) {
            Path out = folder.resolve(tile);
            Outcome outcome = run(
                    "run",
                    "unet",
                    "--inference",
                    "--checkpoint",
                    tiny("unet2d").toString(),
                    "--input",
                    picture.toString(),
                    "--target",
                    target.toString(),
                    "--in-width",
                    tile,
                    "--in-height",
                    tile,
                    "--output",
                    out.toString());
            assertThat(outcome.status()).as(outcome.err()).isZero();
            assertThat(outcome.out()).contains("dice", "iou");
            for (String name : List.of("picture-mask.png", "picture-overlay.png")) {
                BufferedImage written = ImageIO.read(out.resolve(name).toFile());
                assertThat(written.getWidth()).isEqualTo(40);
                assertThat(written.getHeight()).isEqualTo(36);
            }
        }
    }

    @Test
    void aModelIsCompiledAndTestedWithoutWeights() {
        String[] shape = {"--in-channels", "2", "--num-classes", "3", "--init-features", "4"};
        Outcome tested = run(words("test", shape, "--norm", "group", "--set", "depth=2"));
        assertThat(tested.status()).as(tested.err() + tested.out()).isZero();
        Outcome compiled = run(
                words("compile", shape, "--in-width", "32", "--in-height", "32", "--output-folder", folder.toString()));
        assertThat(compiled.status()).as(compiled.err()).isZero();
        assertThat(folder.resolve("unet/unet.pef")).exists();
    }

    @Test
    void sidesThatCannotBeHalvedAreRefused() {
        String[] shape = {"--in-channels", "1", "--num-classes", "1", "--init-features", "2"};
        Outcome outcome = run(words("compile", shape, "--in-width", "40", "--in-height", "32"));
        assertThat(outcome.status()).isEqualTo(1);
        assertThat(outcome.err()).contains("[32, 40] is no size for this model", "a multiple of 16");
    }

    private static String[] words(String command, String[] shape, String... more) {
        return Stream.of(new String[] {command, "unet"}, shape, more)
                .flatMap(Arrays::stream)
                .toArray(String[]::new);
    }
}
