package org.rduzoo.runners.data;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.rduzoo.checkpoint.file.Json;
import org.rduzoo.checkpoint.file.WholeFile;
import tools.jackson.databind.node.ObjectNode;

/// What lies beside the packed files of a data set: `metadata.yaml`, and the hash of every file.
final class DataSetFiles {

    static final String LOG = "logs.log";

    private DataSetFiles() {}

    /// @param smallestTrain rows of the smallest training file
    /// @param smallestDev rows of the smallest dev file, or 0 if there is none
    static void metadata(
            Path folder, DataTokenizer tokenizer, SplitPlan plan, int rowLength, int smallestTrain, int smallestDev) {
        Map<String, Object> facts = new TreeMap<>();
        facts.put("max_batch_size_dev", smallestDev == 0 ? "null" : smallestDev);
        facts.put("max_batch_size_train", smallestTrain);
        facts.put("max_seq_length", rowLength);
        facts.put("number_of_dev_files", plan.dev());
        facts.put("number_of_test_files", plan.test());
        facts.put("number_of_training_files", plan.train());
        facts.put("token_type_ids", true);
        facts.put("tokenizer_model_type", tokenizer.modelClass());
        facts.put("vocab_size", tokenizer.vocabularySize());
        String yaml = facts.entrySet().stream()
                .map(e -> e.getKey() + ": " + e.getValue() + "\n")
                .collect(Collectors.joining());
        WholeFile.write(folder.resolve("metadata.yaml"), false, yaml.getBytes(StandardCharsets.UTF_8));
    }

    /// Writes `sha256/files_metadata.json`: hash, size and time of every file but the log.
    static void hashes(Path folder) throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.walk(folder)) {
            files = all.filter(Files::isRegularFile)
                    .filter(f -> !f.getFileName().toString().equals(LOG))
                    .sorted()
                    .toList();
        }
        ObjectNode json = Json.object();
        for (Path file : files) {
            double modified = Files.getLastModifiedTime(file).to(TimeUnit.MICROSECONDS) / 1e6;
            json.putObject(folder.relativize(file)
                            .toString()
                            .replace(file.getFileSystem().getSeparator(), "_"))
                    .put("sha256", sha256(file))
                    .put("size", Files.size(file))
                    .put("modified_time", modified);
        }
        WholeFile.write(folder.resolve("sha256/files_metadata.json"), false, Json.pretty(json));
    }

    private static String sha256(Path file) throws IOException {
        MessageDigest digest;
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new LinkageError("every Java runtime has SHA-256", e);
        }
        byte[] buffer = new byte[1 << 16];
        try (var in = Files.newInputStream(file)) {
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                digest.update(buffer, 0, n);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }
}
