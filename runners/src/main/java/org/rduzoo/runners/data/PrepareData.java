package org.rduzoo.runners.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.rduzoo.checkpoint.file.WholeFile;
import org.rduzoo.checkpoint.file.WholeFolder;
import org.rduzoo.runners.data.SplitPacker.Packed;
import org.rduzoo.samba.UserError;

/// Text to a data set: a folder of packed files to train on and to evaluate on, of texts to test on, and of the
/// tokenizer that goes with them.
public final class PrepareData {

    private final PrepareRequest request;
    private final DataTokenizer tokenizer;
    private final InputLines input;
    private final SplitPlan plan;
    private final List<String> log = new ArrayList<>();
    private final Consumer<String> console;

    private PrepareData(PrepareRequest request, DataTokenizer tokenizer, InputLines input, Consumer<String> console) {
        this.request = request;
        this.tokenizer = tokenizer;
        this.input = input;
        this.plan = request.splits().plan(input.bytes(), input.count());
        this.console = console;
    }

    /// Prepares a data set. The folder appears whole or not at all.
    ///
    /// @param console takes a line for each step
    /// @throws UserError when something cannot be read or written, or the folder exists and may not be replaced
    public static PreparedData run(PrepareRequest request, Consumer<String> console) {
        try (InputLines input = InputLines.open(request.input());
                DataTokenizer tokenizer = DataTokenizer.open(request.tokenizer(), request.specialTokens())) {
            return new PrepareData(request, tokenizer, input, console).run();
        }
    }

    private PreparedData run() {
        List<int[]> lines = plan.lines(
                input.count(), request.splits().shuffle(), request.splits().seed());
        say("%s: %d lines, %d bytes".formatted(request.input(), input.count(), input.bytes()));
        say("%d files to train on, %d to evaluate on, %d to test on".formatted(plan.train(), plan.dev(), plan.test()));
        if (request.splits().devRatio() > 0 && plan.dev() == 0) {
            say("no file is left to evaluate on: %d training files are too few for --dev-ratio=%s"
                    .formatted(plan.train(), request.splits().devRatio()));
        }
        request.log().filter(file -> Files.exists(file) && !request.force()).ifPresent(file -> {
            throw new UserError(file + " exists already. Choose another name, or replace it with --force.");
        });
        PreparedData[] made = new PreparedData[1];
        WholeFolder.write(request.output(), request.force(), PrepareData::isPackedFile, folder -> {
            try {
                made[0] = fill(folder, lines);
            } catch (IOException e) {
                throw notWritten(e);
            } catch (UncheckedIOException e) {
                throw notWritten(Objects.requireNonNull(e.getCause()));
            }
        });
        removeOldTexts();
        return made[0];
    }

    private UserError notWritten(IOException e) {
        return new UserError("%s cannot be written: %s".formatted(request.output(), UserError.reason(e)), e);
    }

    private void say(String line) {
        log.add(line);
        console.accept(line);
    }

    private PreparedData fill(Path folder, List<int[]> lines) throws IOException {
        Path spills = Files.createDirectory(folder.resolve("rows"));
        List<RowSpill> rows = new ArrayList<>();
        try {
            for (int i = 0; i < plan.count(); i++) {
                rows.add(new RowSpill(
                        spills.resolve(plan.name(i)),
                        request.rowLength(),
                        request.keys().categories().isPresent()));
            }
            List<Packed> packed = pack(lines, rows);
            SequencedMap<String, Integer> files = new LinkedHashMap<>();
            int smallestTrain = write(folder, plan.packed(true), rows, files);
            int smallestDev = write(folder, plan.packed(false), rows, files);
            writeTexts(folder, lines);
            writeBadLines(folder, packed);
            for (RowSpill spill : rows) {
                spill.close();
            }
            deleteAll(spills);
            tokenizer.save(folder.resolve("tokenizer"));
            DataSetFiles.metadata(folder, tokenizer, plan, request.rowLength(), smallestTrain, smallestDev);
            PreparedData made = new PreparedData(
                    request.output(),
                    request.rowLength(),
                    files,
                    plan.test(),
                    sum(packed, plan.packed(true)),
                    sum(packed, plan.packed(false)),
                    packed.stream().mapToInt(p -> p.bad().size()).sum());
            made.train().table().forEach((name, value) -> log.add("train: " + name + " " + value));
            if (plan.dev() > 0) {
                made.dev().table().forEach((name, value) -> log.add("dev: " + name + " " + value));
            }
            DataSetFiles.hashes(folder);
            Path target = request.log().orElse(folder.resolve(DataSetFiles.LOG));
            WholeFile.write(target, request.force(), (String.join("\n", log) + "\n").getBytes(StandardCharsets.UTF_8));
            return made;
        } finally {
            for (RowSpill spill : rows) {
                spill.close();
            }
        }
    }

    private List<Packed> pack(List<int[]> lines, List<RowSpill> rows) {
        SplitPacker packer = new SplitPacker(request, tokenizer, input);
        try (ExecutorService workers = Executors.newFixedThreadPool(request.workers())) {
            List<Future<Packed>> futures = new ArrayList<>();
            for (int i = 0; i < plan.count(); i++) {
                int split = i;
                futures.add(workers.submit(() -> plan.isTest(split)
                        ? new Packed(PackingMetrics.NONE, List.of())
                        : packer.pack(lines.get(split), rows.get(split))));
            }
            List<Packed> packed = new ArrayList<>();
            try {
                for (Future<Packed> future : futures) {
                    packed.add(future.get());
                }
                return packed;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            } catch (ExecutionException e) {
                switch (e.getCause()) {
                    case RuntimeException cause -> throw cause;
                    case Error cause -> throw cause;
                    case null, default -> throw new IllegalStateException(e);
                }
            } finally {
                workers.shutdownNow();
            }
        }
    }

    /// Writes the packed files of some splits.
    ///
    /// @return rows of the smallest
    private int write(Path folder, List<Integer> splits, List<RowSpill> rows, SequencedMap<String, Integer> files)
            throws IOException {
        List<Integer> counts = splits.stream().map(i -> rows.get(i).count()).toList();
        Balance balance = request.splits().balance() ? Balance.even(counts) : Balance.none(counts);
        int smallest = 0;
        for (int i = 0; i < splits.size(); i++) {
            List<Balance.Place> places = balance.rows().get(i);
            String name = plan.name(splits.get(i));
            if (places.isEmpty()) {
                throw new UserError(
                        "%s has no rows: the input gives %d for %d files%s. Ask for fewer files with --num-training-splits, or see whether the packing %s leaves too much out."
                                .formatted(
                                        name,
                                        counts.stream()
                                                .mapToInt(Integer::intValue)
                                                .sum(),
                                        splits.size(),
                                        request.article().keepPromptOnly()
                                                ? ""
                                                : ", those without a completion left out",
                                        request.packing().text()));
            }
            write(folder.resolve(name + ".hdf5"), places, splits, rows);
            files.put(name + ".hdf5", places.size());
            smallest = i == 0 ? places.size() : Math.min(smallest, places.size());
        }
        return smallest;
    }

    private void write(Path file, List<Balance.Place> places, List<Integer> splits, List<RowSpill> rows)
            throws IOException {
        int count = places.size();
        boolean categories = request.keys().categories().isPresent();
        int[][] ids = new int[count][request.rowLength()];
        int[][] types = new int[count][request.rowLength()];
        int[][] names = new int[categories ? count : 0][request.rowLength()];
        for (int i = 0; i < count; i++) {
            Balance.Place place = places.get(i);
            rows.get(splits.get(place.split())).read(place.row(), i, ids, types, names);
        }
        PackedHdf5.write(file, ids, types, categories ? Optional.of(names) : Optional.empty());
    }

    /// The text of the test files; of the others too, if asked for.
    private void writeTexts(Path folder, List<int[]> lines) {
        for (int i = 0; i < plan.count(); i++) {
            if (plan.isTest(i) || request.splits().keepTexts()) {
                String name = (plan.isTest(i) ? "test/" : "splits/") + plan.name(i) + input.extension();
                int[] mine = lines.get(i);
                WholeFile.write(folder.resolve(name), false, channel -> {
                    for (int line : mine) {
                        String text = input.text(line).stripTrailing() + "\n";
                        WholeFile.writeAll(channel, MemorySegment.ofArray(text.getBytes(StandardCharsets.UTF_8)));
                    }
                });
            }
        }
    }

    private void writeBadLines(Path folder, List<Packed> packed) {
        StringBuilder bad = new StringBuilder();
        packed.forEach(p -> p.bad()
                .forEach(line -> bad.append(input.text(line).stripTrailing()).append('\n')));
        if (!bad.isEmpty()) {
            String name = "json_load_failed_lines.log";
            say("passed over %d lines that cannot be read; they are in %s"
                    .formatted(bad.toString().lines().count(), name));
            WholeFile.write(folder.resolve(name), false, bad.toString().getBytes(StandardCharsets.UTF_8));
        }
    }

    private static PackingMetrics sum(List<Packed> packed, List<Integer> splits) {
        return splits.stream().map(i -> packed.get(i).metrics()).reduce(PackingMetrics.NONE, PackingMetrics::plus);
    }

    private static boolean isPackedFile(Path file) {
        return file.getFileName().toString().matches("(train|dev)_\\d+_of_\\d+\\.hdf5|json_load_failed_lines\\.log");
    }

    /// Takes away the texts of a data set that was here before.
    private void removeOldTexts() {
        for (String folder : List.of("test", "splits")) {
            Path texts = request.output().resolve(folder);
            if (!Files.isDirectory(texts)) {
                continue;
            }
            try (Stream<Path> all = Files.list(texts)) {
                for (Path old : all.toList()) {
                    if (old.getFileName().toString().matches("(train|dev|test)_\\d+_of_\\d+\\.(jsonl|txt)")
                            && !isOfPlan(old, folder)) {
                        Files.delete(old);
                    }
                }
            } catch (IOException e) {
                throw new UserError("%s cannot be cleared of older files: %s".formatted(texts, e), e);
            }
        }
    }

    private boolean isOfPlan(Path file, String folder) {
        String name = file.getFileName().toString();
        for (int i = 0; i < plan.count(); i++) {
            boolean written =
                    plan.isTest(i) ? folder.equals("test") : request.splits().keepTexts();
            if (written && name.equals(plan.name(i) + input.extension())) {
                return true;
            }
        }
        return false;
    }

    private static void deleteAll(Path folder) throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            for (Path file : all.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(folder);
    }
}
