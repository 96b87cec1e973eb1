package org.rduzoo.runners.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;
import org.rduzoo.checkpoint.file.Json;
import org.rduzoo.checkpoint.file.WholeFile;
import org.rduzoo.checkpoint.file.WholeFolder;
import org.rduzoo.checkpoint.safetensors.SafetensorsFile;
import org.rduzoo.checkpoint.safetensors.SafetensorsWriter;
import org.rduzoo.samba.UserError;
import tools.jackson.databind.node.ObjectNode;

/// The checkpoints that a run can go on from: `checkpoint-N` in its folder after step N, each a Hugging Face folder
/// with the optimizer's state beside it. The newest is kept.
///
/// @param settings what shapes the numbers of a run, which must be the same when it goes on
record SavedRun(Path folder, Map<String, String> settings) {

    private static final String PREFIX = "checkpoint-";
    private static final String MASTERS = "training_state.safetensors";
    private static final String STATE = "trainer_state.json";

    SavedRun {
        settings = Map.copyOf(new TreeMap<>(settings));
    }

    /// Keeps what is there after `step`, whole or not at all, and drops what was kept before.
    void save(int step, TrainedModel model, TrainingSession session) {
        Path target = folder.resolve(PREFIX + step);
        WholeFolder.write(target, true, _ -> false, partial -> {
            // The model makes a folder of its own, whose files then lie in this one's.
            model.write(partial, session, true);
            SafetensorsWriter.write(partial.resolve(MASTERS), session.states(), Map.of(), false);
            ObjectNode state = Json.object();
            state.put("global_step", step);
            ObjectNode kept = state.putObject("settings");
            new TreeMap<>(settings).forEach(kept::put);
            WholeFile.write(partial.resolve(STATE), false, Json.pretty(state));
        });
        for (int old : steps()) {
            if (old != step) {
                delete(folder.resolve(PREFIX + old));
            }
        }
    }

    /// The newest checkpoint, if there is one.
    Optional<Path> newest() {
        return steps().stream().max(Comparator.naturalOrder()).map(n -> folder.resolve(PREFIX + n));
    }

    /// Takes away what a run that was ended in the middle of writing left.
    void sweep() {
        if (!Files.isDirectory(folder)) {
            return;
        }
        try (Stream<Path> all = Files.list(folder)) {
            for (Path file : all.filter(SavedRun::isPartial).toList()) {
                deleteAll(file);
            }
        } catch (IOException e) {
            throw new UserError("%s cannot be cleaned: %s".formatted(folder, e), e);
        }
    }

    private static boolean isPartial(Path file) {
        return file.getFileName().toString().matches("\\.partial-[0-9a-f-]{36}|\\..*[0-9a-f-]{36}\\.partial");
    }

    /// Takes all away: another run begins.
    void clear() {
        steps().forEach(n -> delete(folder.resolve(PREFIX + n)));
    }

    /// Puts the newest checkpoint's state into `session`.
    ///
    /// @return the step after which it was kept; 0 when there is none
    /// @throws UserError when it is damaged, or of a run with other settings
    int restore(TrainingSession session) {
        Optional<Path> newest = newest();
        if (newest.isEmpty()) {
            return 0;
        }
        ObjectNode state = Json.read(newest.get().resolve(STATE));
        for (Map.Entry<String, String> e : new TreeMap<>(settings).entrySet()) {
            String before = state.path("settings").path(e.getKey()).asString("");
            if (!before.equals(e.getValue())) {
                throw new UserError(("--resume: the run in %s had %s %s, but now it is %s."
                                + " Give what it had, or begin another run with --force.")
                        .formatted(folder, e.getKey(), before, e.getValue()));
            }
        }
        try (SafetensorsFile masters = SafetensorsFile.open(newest.get().resolve(MASTERS))) {
            session.restore(masters);
        } catch (IllegalArgumentException e) {
            throw new UserError("--resume: %s does not fit this model: %s".formatted(newest.get(), e.getMessage()), e);
        }
        return state.path("global_step").asInt(0);
    }

    private List<Integer> steps() {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> all = Files.list(folder)) {
            List<Integer> steps = new ArrayList<>();
            all.map(f -> f.getFileName().toString())
                    .filter(n -> n.matches(PREFIX + "[0-9]{1,9}"))
                    .filter(n -> Files.exists(folder.resolve(n).resolve(STATE)))
                    .forEach(n -> steps.add(Integer.parseInt(n.substring(PREFIX.length()))));
            return steps;
        } catch (IOException e) {
            throw new UserError("%s cannot be listed: %s".formatted(folder, e), e);
        }
    }

    /// Takes a checkpoint away: all at once out of sight, then file by file.
    private static void delete(Path checkpoint) {
        try {
            Path doomed = checkpoint.resolveSibling(".partial-" + UUID.randomUUID());
            Files.move(checkpoint, doomed, StandardCopyOption.ATOMIC_MOVE);
            deleteAll(doomed);
        } catch (IOException e) {
            throw new UserError("%s cannot be taken away: %s".formatted(checkpoint, e), e);
        }
    }

    private static void deleteAll(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path file : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
