package org.rduzoo.runners.image;

import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Names of files that hold images and volumes.
public final class ImageFiles {

    /// What is read, for messages.
    public static final String KINDS = "PNG, JPEG, TIFF and NIfTI files are read.";

    private static final Pattern NAME =
            Pattern.compile("(.+)\\.(png|jpe?g|tiff?|nii|nii\\.gz)", Pattern.CASE_INSENSITIVE);

    private ImageFiles() {}

    public static boolean isName(Path file) {
        return NAME.matcher(name(file)).matches();
    }

    /// The name without its ending.
    public static String stem(Path file) {
        Matcher name = NAME.matcher(name(file));
        return name.matches() ? name.group(1).replaceFirst("(?i)\\.nii$", "") : name(file);
    }

    private static String name(Path file) {
        return file.getFileName().toString();
    }
}
