package org.rduzoo.runners;

import static org.assertj.core.api.Assertions.assertThat;
import static org.rduzoo.runners.CommandLine.line;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.rduzoo.ir.DType;
import org.rduzoo.runners.CommandLine.Outcome;
import org.rduzoo.runners.image.Augmentation;
import org.rduzoo.runners.image.ImagePairs;
import org.rduzoo.runners.image.Mask;
import org.rduzoo.runners.image.Nifti;
import org.rduzoo.runners.train.ImageSamples;
import org.rduzoo.samba.ImageForm;
import org.rduzoo.samba.SambaTensor;

/// Image models learn from a folder of images and masks.
class ImageTrainingTest {

    private static final String SMALL =
            "--in-channels 1 --num-classes 1 --init-features 4 --set depth=2 --set norm=%s --set loss=%s";

    @TempDir
    Path folder;

    private Path data;

    /// Light squares on noise, 16 x 16.
    @BeforeEach
    void images() throws IOException {
        data = folder.resolve("data");
        Random random = new Random(1);
        Files.createDirectories(data.resolve("images"));
        Files.createDirectories(data.resolve("masks"));
        for (int n = 0; n < 12; n++) {
            BufferedImage image = new BufferedImage(16, 16, BufferedImage.TYPE_BYTE_GRAY);
            BufferedImage mask = new BufferedImage(16, 16, BufferedImage.TYPE_BYTE_GRAY);
            int left = random.nextInt(9);
            int top = random.nextInt(9);
            for (int i = 0; i < 256; i++) {
                boolean in = i % 16 >= left && i % 16 < left + 7 && i / 16 >= top && i / 16 < top + 7;
                image.getRaster().setSample(i % 16, i / 16, 0, random.nextInt(120) + (in ? 90 : 0));
                mask.getRaster().setSample(i % 16, i / 16, 0, in ? 255 : 0);
            }
            ImageIO.write(
                    image, "png", data.resolve("images/%d.png".formatted(n)).toFile());
            ImageIO.write(mask, "png", data.resolve("masks/%d.png".formatted(n)).toFile());
        }
    }

    private Outcome train(String model, String out, String more) {
        return line("run unet --precision fp32 %s --data %s --eval-data %2$s --output %s %s"
                .formatted(model, data, folder.resolve(out), more));
    }

    @ParameterizedTest
    @CsvSource({"bce, batch, 1", "dice, group, 1", "cross_entropy, batch, 2"})
    void squaresAreLearnedWithEachLossAndFoundAgain(String loss, String norm, int classes) throws IOException {
        String model = SMALL.formatted(norm, loss).replace("classes 1", "classes " + classes);
        Outcome outcome = train(model, "out", "-b 4 --epochs 12 --lr 1e-2 --augment flip,rotate");
        assertThat(outcome.status()).as(outcome.err()).isZero();
        assertThat(outcome.err()).contains("images/s");
        List<String> rows = Files.readAllLines(folder.resolve("out/metrics.csv"));
        List<String> columns = List.of(rows.getFirst().split(",", -1));
        List<String> last = List.of(rows.getLast().split(",", -1));
        assertThat(Double.parseDouble(last.get(columns.indexOf("dice")))).isGreaterThan(0.75);
        assertThat(Double.parseDouble(last.get(columns.indexOf("iou")))).isGreaterThan(0.6);
        assertThat(Files.readString(folder.resolve("out/summary.txt"))).contains("dice ", "iou ", "eval_loss ");
        Outcome found =
                line("run unet --inference --precision fp32 --checkpoint %s --input %s --target %s --output %s --json"
                        .formatted(
                                folder.resolve("out"),
                                data.resolve("images/3.png"),
                                data.resolve("masks/3.png"),
                                folder.resolve("found")));
        assertThat(found.status()).as(found.err()).isZero();
        assertThat(found.out()).containsPattern("\"dice\": (0\\.[6-9]|1)").contains("\"pixels_by_class\"");
    }

    @Test
    void volumesAreLearnedAndTheirMasksLieAsTheyDo() throws IOException {
        data = Files.createDirectory(folder.resolve("volumes"));
        Random random = new Random(2);
        for (int n = 0; n < 8; n++) {
            int[] shades = new int[512];
            int[] classes = new int[512];
            int[] first = {random.nextInt(4), random.nextInt(4), random.nextInt(4)};
            for (int i = 0; i < 512; i++) {
                int[] at = {i / 64, i / 8 % 8, i % 8};
                boolean in = IntStream.range(0, 3).allMatch(d -> at[d] >= first[d] && at[d] < first[d] + 5);
                classes[i] = in ? 1 : 0;
                shades[i] = random.nextInt(120) + (in ? 90 : 0);
            }
            volume("%d.nii.gz".formatted(n), shades);
            volume("%d_mask.nii.gz".formatted(n), classes);
        }
        String model = "--dim 3 --in-channels 1 --num-classes 2 --init-features 4 --set depth=1"
                + " --in-width 8 --in-height 8 --in-depth 8";
        Outcome outcome = train(model, "out", "-b 4 --epochs 20 --lr 1e-2 --augment flip,rotate");
        assertThat(outcome.status()).as(outcome.err()).isZero();
        Outcome found =
                line("run unet --inference --precision fp32 --checkpoint %s --input %s --target %s --output %s --json"
                        .formatted(
                                folder.resolve("out"),
                                data.resolve("3.nii.gz"),
                                data.resolve("3_mask.nii.gz"),
                                folder.resolve("found")));
        assertThat(found.status()).as(found.err()).isZero();
        assertThat(found.out()).containsPattern("\"dice\": (0\\.[7-9]|1)");
    }

    /// A volume of 8 x 8 x 8 bytes.
    private void volume(String name, int[] numbers) {
        ImageForm form = new ImageForm(3, 1, 1, 2);
        Mask all = new Mask(List.of(8, 8, 8), numbers);
        Nifti.write(all, Nifti.headerFor(Path.of("slices.png"), form, all), data.resolve(name), false);
    }

    /// What a batch norm keeps is the model's as well: a run that goes on without it ends otherwise.
    @Test
    void aRunThatGoesOnEndsAsIfItHadNotStopped() throws IOException {
        String model = SMALL.formatted("batch", "bce");
        String settings =
                " -b 4 -mb 2 --lr 1e-2 --augment flip,rotate,crop --in-width 12 --in-height 12 --save-every 4";
        assertThat(train(model, "whole", "--steps 9 --threads 1" + settings).status())
                .isZero();
        assertThat(train(model, "parts", "--steps 5 --threads 1" + settings).status())
                .isZero();
        Outcome rest = train(model, "parts", "--steps 9 --resume --threads 1" + settings);
        assertThat(rest.status()).as(rest.err()).isZero();
        assertThat(rest.err()).contains("going on after step 4");
        assertThat(Files.mismatch(folder.resolve("whole/model.safetensors"), folder.resolve("parts/model.safetensors")))
                .isEqualTo(-1);
        assertThat(losses("parts")).hasSize(9).isEqualTo(losses("whole"));
        assertThat(train(model, "parts", "--steps 12 --resume" + settings.replace("flip,", ""))
                        .err())
                .contains("--resume")
                .contains("augment");
    }

    private List<String> losses(String out) throws IOException {
        return Files.readAllLines(folder.resolve(out).resolve("metrics.csv")).stream()
                .skip(1)
                .map(row -> row.split(",", -1)[2])
                .toList();
    }

    @Test
    void augmentedImagesDependOnSeedEpochAndNumberAlone() {
        ImageForm form = new ImageForm(2, 1, 1, 4);
        ImagePairs pairs = ImagePairs.of(data, form);
        Augmentation all = new Augmentation(java.util.EnumSet.allOf(Augmentation.Way.class));
        ImageSamples samples = new ImageSamples(pairs, form, List.of(12, 12), DType.F32, all, 7);
        float[] first = numbers(samples.batch(new int[] {3, 5}, 0).getFirst());
        float[] again = numbers(samples.batch(new int[] {5, 3}, 0).getFirst());
        assertThat(Stream.of(first, again).map(a -> a.length)).containsOnly(288);
        assertThat(java.util.Arrays.copyOfRange(again, 144, 288)).containsExactly(java.util.Arrays.copyOf(first, 144));
        assertThat(numbers(samples.batch(new int[] {3, 5}, 1).getFirst())).isNotEqualTo(first);
        // A mask goes where its image goes: squares are light.
        SambaTensor image = samples.batch(new int[] {0, 1, 2, 4}, 2).getFirst();
        SambaTensor mask = samples.batch(new int[] {0, 1, 2, 4}, 2).getLast();
        double inside = image.times(mask).sum() / mask.sum();
        assertThat(inside).isGreaterThan(1.5 * image.mean());
    }

    private static float[] numbers(SambaTensor tensor) {
        return tensor.segment().toArray(java.lang.foreign.ValueLayout.JAVA_FLOAT);
    }

    @Test
    void whatDoesNotFitIsNamed() throws IOException {
        String model = SMALL.formatted("batch", "bce");
        assertThat(train(model, "out", "-b 4 --in-width 8 --in-height 8").err()).contains("--augment crop");
        Files.delete(data.resolve("masks/7.png"));
        assertThat(train(model, "out", "-b 4").err()).contains("7.png has no mask: expected");
        ImageIO.write(
                new BufferedImage(16, 8, BufferedImage.TYPE_BYTE_GRAY),
                "png",
                data.resolve("masks/7.png").toFile());
        Outcome sizes = train(model, "out", "-b 4");
        assertThat(sizes.err()).contains("has sides [8, 16], but its image has [16, 16]");
        assertThat(sizes.status()).isEqualTo(1);
        assertThat(line("run unet %s --data %s --output %s".formatted(model, folder, folder.resolve("x")))
                        .err())
                .contains("has no mask");
    }
}
