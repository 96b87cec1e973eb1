package org.rduzoo.runners.data;

import io.jhdf.HdfFile;
import io.jhdf.WritableHdfFile;
import io.jhdf.api.Dataset;
import io.jhdf.api.DatasetCreationOptions;
import io.jhdf.api.Node;
import io.jhdf.exceptions.HdfException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Optional;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.data.PackedRows;
import org.rduzoo.samba.data.TokenType;

/// One HDF5 file of packed rows: `input_ids` and `token_type_ids`, both `int32[rows, length]`. Read as a whole when it
/// is opened.
public final class PackedHdf5 implements PackedRows {

    private static final String IDS = "input_ids";
    private static final String TYPES = "token_type_ids";
    private static final String CATEGORIES = "category_ids";

    /// Tokens that are compressed together.
    private static final int CHUNK_TOKENS = 1 << 16;

    private static final int DEFLATE_LEVEL = 4;

    private final Path file;
    private final int count;
    private final int length;
    private final int[] ids;
    private final byte[] types;

    private PackedHdf5(Path file, int count, int length, int[] ids, byte[] types) {
        this.file = file;
        this.count = count;
        this.length = length;
        this.ids = ids;
        this.types = types;
    }

    /// Writes a file, down to the disk. It is not there as a whole until this returns.
    ///
    /// @param categories a category for each token, if any
    static void write(Path file, int[][] ids, int[][] types, Optional<int[][]> categories) throws IOException {
        int rows = Math.clamp(CHUNK_TOKENS / ids[0].length, 1, ids.length);
        DatasetCreationOptions options = DatasetCreationOptions.builder()
                .chunkDimensions(rows, ids[0].length)
                .deflate(DEFLATE_LEVEL)
                .build();
        try (WritableHdfFile out = HdfFile.write(file)) {
            out.putDataset(IDS, ids, options);
            out.putDataset(TYPES, types, options);
            categories.ifPresent(c -> out.putDataset(CATEGORIES, c, options));
        } catch (HdfException e) {
            throw new IOException(e);
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
    }

    /// Reads a file.
    ///
    /// @throws UserError when it is no such file, or is damaged
    public static PackedHdf5 open(Path file) {
        if (!Files.isRegularFile(file)) {
            throw new UserError(
                    file + " does not exist, or is no file. Expected packed data, as `prepare-data` writes " + "it.");
        }
        try (HdfFile hdf = new HdfFile(file)) {
            Dataset ids = dataset(file, hdf, IDS);
            Dataset types = dataset(file, hdf, TYPES);
            int[] shape = ids.getDimensions();
            if (!Arrays.equals(shape, types.getDimensions())) {
                throw bad(
                        file,
                        "%s is %s, but %s is %s"
                                .formatted(IDS, Arrays.toString(shape), TYPES, Arrays.toString(types.getDimensions())));
            }
            if ((long) shape[0] * shape[1] > Integer.MAX_VALUE - 8) {
                throw bad(
                        file,
                        "it has more tokens than one file may have (%d); split the data over more files"
                                .formatted(Integer.MAX_VALUE - 8));
            }
            int[] kinds = (int[]) types.getDataFlat();
            byte[] narrow = new byte[kinds.length];
            for (int i = 0; i < kinds.length; i++) {
                if (!TokenType.isId(kinds[i])) {
                    throw bad(
                            file,
                            "row %d of %s has a %d, but token types are 0 (prompt), 1 (completion), 2 (padding) "
                                            .formatted(i / shape[1], TYPES, kinds[i])
                                    + "and 3 (separator)");
                }
                narrow[i] = (byte) kinds[i];
            }
            int[] tokens = (int[]) ids.getDataFlat();
            for (int i = 0; i < tokens.length; i++) {
                if (tokens[i] < 0) {
                    throw bad(file, "row %d of %s has the token %d".formatted(i / shape[1], IDS, tokens[i]));
                }
            }
            return new PackedHdf5(file, shape[0], shape[1], tokens, narrow);
        } catch (UserError e) {
            throw e;
        } catch (RuntimeException e) {
            // A damaged file may fail anywhere inside the library.
            throw new UserError(
                    file + " cannot be read as HDF5: it is damaged, or something else (" + reason(e)
                            + "). Expected packed data, as `prepare-data` writes it.",
                    e);
        }
    }

    private static Dataset dataset(Path file, HdfFile hdf, String name) {
        Node node = hdf.getChildren().get(name);
        if (!(node instanceof Dataset dataset)) {
            throw bad(
                    file,
                    "it has no data set %s, but %s"
                            .formatted(
                                    name,
                                    hdf.getChildren().isEmpty()
                                            ? "nothing"
                                            : String.join(
                                                    ", ", hdf.getChildren().keySet())));
        }
        if (dataset.getDimensions().length != 2 || dataset.getJavaType() != int.class) {
            throw bad(
                    file,
                    "%s is %s%s, but must be int[rows, length]"
                            .formatted(
                                    name,
                                    dataset.getJavaType().getSimpleName(),
                                    Arrays.toString(dataset.getDimensions())));
        }
        if (dataset.isEmpty() || dataset.getSize() == 0) {
            throw bad(file, name + " has no rows");
        }
        return dataset;
    }

    private static UserError bad(Path file, String what) {
        return new UserError("%s is no packed data: %s. Make it with `prepare-data`.".formatted(file, what));
    }

    private static String reason(Throwable e) {
        Throwable root = e;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return String.valueOf(root.getMessage() == null ? root : root.getMessage());
    }

    @Override
    public String source() {
        return file.toString();
    }

    @Override
    public long count() {
        return count;
    }

    @Override
    public int length() {
        return length;
    }

    @Override
    public void read(long row, int[] idsOut, byte[] typesOut, int offset) {
        int start = Math.multiplyExact(Math.toIntExact(row), length);
        System.arraycopy(ids, start, idsOut, offset, length);
        System.arraycopy(types, start, typesOut, offset, length);
    }

    @Override
    public void close() {
        // All was read at the start.
    }
}
