package org.rduzoo.runners.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.data.JoinedRows;
import org.rduzoo.samba.data.PackedRows;

/// The packed files of a data set: those to train on, or those to evaluate on, never both.
public enum PackedDataSet {
    TRAIN,
    DEV;

    private static final Pattern FILE = Pattern.compile("(train|dev)_(\\d{1,9})_of_(\\d{1,9})\\.hdf5");

    /// Opens the files of this kind in a folder that `prepare-data` made, or one file.
    ///
    /// @throws UserError when there are none, one is missing or damaged, or their rows differ in length
    public PackedRows open(Path path) {
        if (Files.isRegularFile(path)) {
            return PackedHdf5.open(path);
        }
        if (!Files.isDirectory(path)) {
            throw new UserError(
                    path + " does not exist. Expected the folder of a data set, or an HDF5 file. Make one with "
                            + "`./rdu prepare-data`.");
        }
        List<Path> files = files(path);
        List<PackedRows> parts = new ArrayList<>();
        try {
            for (Path file : files) {
                parts.add(PackedHdf5.open(file));
            }
            return new JoinedRows(path.toString(), parts);
        } catch (UserError e) {
            parts.forEach(PackedRows::close);
            throw e;
        }
    }

    private List<Path> files(Path folder) {
        String kind = this == TRAIN ? "train" : "dev";
        try (Stream<Path> all = Files.list(folder)) {
            List<Path> files = all.filter(f -> {
                        Matcher name = FILE.matcher(f.getFileName().toString());
                        return name.matches() && name.group(1).equals(kind);
                    })
                    .sorted(Comparator.comparingInt(f -> number(f, 2)))
                    .toList();
            if (files.isEmpty()) {
                throw new UserError("%s holds no %s_1_of_n.hdf5%s"
                        .formatted(
                                folder,
                                kind,
                                this == TRAIN
                                        ? ". Make it with `./rdu prepare-data`."
                                        : ", nothing to evaluate on. Prepare the data with --dev-ratio."));
            }
            int count = number(files.getFirst(), 3);
            for (int i = 0; i < files.size(); i++) {
                if (number(files.get(i), 2) != i + 1 || number(files.get(i), 3) != count) {
                    throw mixed(folder, kind);
                }
            }
            if (files.size() != count) {
                throw mixed(folder, kind);
            }
            return files;
        } catch (IOException e) {
            throw new UserError("%s cannot be read: %s".formatted(folder, UserError.reason(e)), e);
        }
    }

    private static UserError mixed(Path folder, String kind) {
        return new UserError(
                "the %s files in %s are not complete, or are of two data sets: expected %s_1_of_n.hdf5 to %s_n_of_n.hdf5."
                        .formatted(kind, folder, kind, kind));
    }

    private static int number(Path file, int group) {
        Matcher name = FILE.matcher(file.getFileName().toString());
        return name.matches() ? Integer.parseInt(name.group(group)) : 0;
    }
}
