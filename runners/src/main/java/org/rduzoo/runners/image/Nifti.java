package org.rduzoo.runners.image;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.rduzoo.checkpoint.file.WholeFile;
import org.rduzoo.samba.ImageForm;
import org.rduzoo.samba.UserError;

/// A NIfTI-1 file (`.nii`, `.nii.gz`): volumes, with a header of 348 bytes in either byte order that says type, size
/// and
/// where they lie in space. See <https://nifti.nimh.nih.gov/nifti-1>.
///
/// @param header as the file has it
public record Nifti(ByteBuffer header, Picture picture) {

    private static final int HEADER = 348;
    private static final int DIMS = 40;
    private static final int TYPE = 70;
    private static final int BITS = 72;
    private static final int SPACING = 76;
    private static final int OFFSET = 108;
    private static final int SLOPE = 112;
    private static final int INTERCEPT = 116;
    private static final int MAGIC = 344;

    /// Where the data begin in a file that has nothing but header and data.
    private static final int FIRST = 352;

    private static final int UINT8 = 2;

    /// The most bytes that one of a compressed file can stand for.
    private static final long EXPANSION = 1032;

    private static final int CHUNK = 1 << 16;

    /// Whether a file of this name is one.
    public static boolean isName(Path file) {
        String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
        return name.endsWith(".nii") || name.endsWith(".nii.gz");
    }

    /// Reads the volume of a file, its fourth dimension the channels; an image, if there is one slice and the model
    /// takes
    /// images. Numbers are as the file scales them; what is no number is 0.
    ///
    /// @throws UserError when it is no such file, damaged, or not what the model takes
    public static Nifti read(Path file, ImageForm form) {
        if (!Files.isRegularFile(file)) {
            throw new UserError("%s does not exist.".formatted(file));
        }
        boolean packed = file.toString().toLowerCase(Locale.ROOT).endsWith(".gz");
        try (InputStream raw = new BufferedInputStream(Files.newInputStream(file));
                InputStream in = packed ? new GZIPInputStream(raw) : raw) {
            ByteBuffer header = header(file, in.readNBytes(HEADER));
            List<Integer> sides = sides(file, header, form);
            int bytes = bytes(file, header);
            long data = Picture.places(sides) * form.channels() * bytes;
            long offset = offset(file, header);
            if ((offset + data) / (packed ? EXPANSION : 1) > Files.size(file)) {
                throw new UserError("%s says that it holds %d bytes of data, but the file has %d. Is it whole?"
                        .formatted(file, data, Files.size(file)));
            }
            in.skipNBytes(offset - HEADER);
            return new Nifti(header, new Picture(sides, numbers(file, in, header, sides, form.channels(), bytes)));
        } catch (EOFException e) {
            throw new UserError("%s ends before its data do. Is it whole?".formatted(file), e);
        } catch (IOException e) {
            throw new UserError("%s cannot be read: %s".formatted(file, e.getMessage()), e);
        }
    }

    private static ByteBuffer header(Path file, byte[] bytes) {
        if (bytes.length < HEADER) {
            throw new UserError(
                    "%s has %d bytes, too few for the header of a NIfTI file.".formatted(file, bytes.length));
        }
        ByteBuffer header = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        if (header.getInt(0) != HEADER) {
            header.order(ByteOrder.BIG_ENDIAN);
        }
        String magic = new String(bytes, MAGIC, 3, StandardCharsets.US_ASCII);
        if (header.getInt(0) != HEADER || !magic.equals("n+1")) {
            throw new UserError(
                    "%s is no NIfTI-1 file with its data inside: it begins with %d, not 348, or lacks the mark n+1."
                                    .formatted(file, header.getInt(0))
                            + " Convert it, with nibabel for one.");
        }
        return header;
    }

    private static List<Integer> sides(Path file, ByteBuffer header, ImageForm form) {
        int count = header.getShort(DIMS);
        long all = 1;
        int[] dims = {1, 1, 1, 1, 1, 1, 1};
        for (int d = 0; d < dims.length && d < count; d++) {
            dims[d] = header.getShort(DIMS + 2 * (d + 1));
            if (dims[d] < 1) {
                throw new UserError("%s says that dimension %d has %d places.".formatted(file, d + 1, dims[d]));
            }
            all = all > PictureFile.MOST_PLACES ? all : all * dims[d];
        }
        if (count < 1 || count > dims.length || all > PictureFile.MOST_PLACES) {
            throw new UserError("%s says that it has %d dimensions and more than %d places, or none."
                    .formatted(file, count, PictureFile.MOST_PLACES));
        }
        long channels = all / ((long) dims[0] * dims[1] * dims[2]);
        if (channels != form.channels()) {
            throw new UserError("%s has %d channels (its fourth dimension), but %d are wanted."
                    .formatted(file, channels, form.channels()));
        }
        if (form.dimensions() == 3) {
            return List.of(dims[2], dims[1], dims[0]);
        }
        if (dims[2] != 1) {
            throw new UserError("%s has %d slices, but this model takes images. A volume is for a model with --dim 3."
                    .formatted(file, dims[2]));
        }
        return List.of(dims[1], dims[0]);
    }

    private static int bytes(Path file, ByteBuffer header) {
        return switch (header.getShort(TYPE)) {
            case UINT8, 256 -> 1;
            case 4, 512 -> 2;
            case 8, 16, 768 -> 4;
            case 64, 1024, 1280 -> 8;
            default ->
                throw new UserError(
                        ("%s holds numbers of type %d, which are not read. Whole numbers of 8 to 64 bits and"
                                        + " floats of 32 and 64 are.")
                                .formatted(file, header.getShort(TYPE)));
        };
    }

    private static long offset(Path file, ByteBuffer header) {
        float offset = header.getFloat(OFFSET);
        if (offset == 0) {
            return FIRST;
        }
        if (!(offset >= FIRST && offset <= PictureFile.MOST_PLACES)) {
            throw new UserError("%s says that its data begin at %s, but that is no place behind the header."
                    .formatted(file, offset));
        }
        return (long) offset;
    }

    private static float[][] numbers(
            Path file, InputStream in, ByteBuffer header, List<Integer> sides, int channels, int bytes)
            throws IOException {
        float slope = header.getFloat(SLOPE);
        float intercept = header.getFloat(INTERCEPT);
        boolean scaled = slope != 0 && !Float.isNaN(slope);
        if (scaled && !(Float.isFinite(slope) && Float.isFinite(intercept))) {
            throw new UserError("%s scales its numbers by %s and %s.".formatted(file, slope, intercept));
        }
        int places = Math.toIntExact(Picture.places(sides));
        float[][] planes = new float[channels][places];
        for (float[] plane : planes) {
            for (int first = 0; first < places; first += CHUNK) {
                int count = Math.min(CHUNK, places - first);
                byte[] chunk = in.readNBytes(count * bytes);
                if (chunk.length < count * bytes) {
                    throw new EOFException();
                }
                ByteBuffer buffer = ByteBuffer.wrap(chunk).order(header.order());
                for (int i = 0; i < count; i++) {
                    double stored = number(buffer, header.getShort(TYPE), i);
                    float number = (float) (scaled ? stored * slope + intercept : stored);
                    plane[first + i] = Float.isFinite(number) ? number : 0;
                }
            }
        }
        return planes;
    }

    private static double number(ByteBuffer from, int type, int i) {
        return switch (type) {
            case UINT8 -> Byte.toUnsignedInt(from.get(i));
            case 256 -> from.get(i);
            case 4 -> from.getShort(2 * i);
            case 512 -> Short.toUnsignedInt(from.getShort(2 * i));
            case 8 -> from.getInt(4 * i);
            case 768 -> Integer.toUnsignedLong(from.getInt(4 * i));
            case 16 -> from.getFloat(4 * i);
            case 64 -> from.getDouble(8 * i);
            case 1024 -> from.getLong(8 * i);
            case 1280 -> from.getLong(8 * i) + (from.getLong(8 * i) < 0 ? 0x1p64 : 0);
            default -> throw new AssertionError(type);
        };
    }

    /// The header for a mask of the volume in `file`: its own, or for slices of another kind one with places of size 1.
    public static ByteBuffer headerFor(Path file, ImageForm form, Mask mask) {
        return isName(file) ? read(file, form).header : plain(mask.sides());
    }

    private static ByteBuffer plain(List<Integer> sides) {
        ByteBuffer header = ByteBuffer.allocate(HEADER).order(ByteOrder.LITTLE_ENDIAN);
        header.putInt(0, HEADER);
        header.putShort(DIMS, (short) sides.size());
        for (int d = 0; d < 7; d++) {
            int side = d < sides.size() ? sides.get(sides.size() - 1 - d) : 1;
            header.putShort(DIMS + 2 * (d + 1), (short) side);
            header.putFloat(SPACING + 4 * (d + 1), 1);
        }
        header.put(MAGIC, new byte[] {'n', '+', '1', 0});
        return header;
    }

    /// Writes a mask that lies in space as `like` does, compressed if the file's name ends on `.gz`.
    ///
    /// @param like a header of a volume of the same sides
    public static void write(Mask mask, ByteBuffer like, Path file, boolean force) {
        byte[] bytes = new byte[FIRST + mask.classes().length];
        ByteBuffer header = ByteBuffer.wrap(bytes).order(like.order());
        header.put(0, like, 0, HEADER);
        header.putShort(DIMS, (short) 3);
        for (int d = 3; d < 7; d++) {
            header.putShort(DIMS + 2 * (d + 1), (short) 1);
        }
        header.putShort(TYPE, (short) UINT8);
        header.putShort(BITS, (short) 8);
        header.putFloat(OFFSET, FIRST);
        header.putFloat(SLOPE, 1);
        header.putFloat(INTERCEPT, 0);
        for (int i = 0; i < mask.classes().length; i++) {
            bytes[FIRST + i] = (byte) mask.classes()[i];
        }
        WholeFile.write(file, force, file.toString().endsWith(".gz") ? packed(bytes) : bytes);
    }

    private static byte[] packed(byte[] bytes) {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (OutputStream out = new GZIPOutputStream(packed)) {
            out.write(bytes);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        return packed.toByteArray();
    }
}
