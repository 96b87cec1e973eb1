package org.rduzoo.checkpoint;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.rduzoo.checkpoint.file.Json;
import org.rduzoo.checkpoint.file.SideFile;
import org.rduzoo.checkpoint.file.WholeFile;
import org.rduzoo.checkpoint.file.WholeFolder;
import org.rduzoo.checkpoint.hub.HubClient;
import org.rduzoo.checkpoint.hub.HubSettings;
import org.rduzoo.checkpoint.hub.PullRequest;
import org.rduzoo.checkpoint.lora.AdapterConfig;
import org.rduzoo.checkpoint.lora.AdapterWeights;
import org.rduzoo.checkpoint.safetensors.SafetensorsWriter;
import org.rduzoo.ir.DType;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.Weights;
import org.rduzoo.samba.Weights.Weight;
import tools.jackson.databind.node.ObjectNode;

/// A folder with adapters of low rank in PEFT's form, and the checkpoint that they are for, which the folder names.
///
/// @param base with the files and the configuration of the folder in the place of its own
public record Adapter(AdapterConfig config, AdapterWeights weights, Checkpoint base) {

    /// Whether `folder` holds an adapter, and no weights of a whole model beside it.
    public static boolean isAt(Path folder) {
        return Files.exists(folder.resolve(AdapterConfig.FILE)) && !HfFolder.hasWeights(folder);
    }

    /// Opens `folder` and its base.
    ///
    /// @param expanded the type that what is quantised in the base is expanded to
    /// @throws UserError when either is missing or damaged
    public static Adapter open(Path folder, DType expanded) {
        AdapterConfig config = AdapterConfig.read(folder.resolve(AdapterConfig.FILE));
        Path place = base(folder, config.base());
        if (Files.isDirectory(place) && isAt(place)) {
            throw new UserError("%s is an adapter to %s, which is one itself. Fold that first: ./rdu convert %s FOLDER"
                    .formatted(folder, place, place));
        }
        AdapterWeights weights = AdapterWeights.open(folder, config);
        try {
            Checkpoint base = Checkpoint.open(place, expanded);
            Map<String, SideFile> files = new TreeMap<>(base.files());
            files.putAll(HfFolder.sideFiles(folder));
            Path own = folder.resolve(HfFolder.CONFIG);
            ObjectNode object = Files.exists(own) ? Json.read(own) : base.config();
            return new Adapter(config, weights, new Checkpoint(base.format(), base.weights(), object, files));
        } catch (RuntimeException e) {
            weights.stored().close();
            throw e;
        }
    }

    /// Where the base is: at a path, seen from the folder or from here, or on the Hub.
    private static Path base(Path folder, String name) {
        Path here = Path.of(name);
        Path beside = folder.resolve(name).normalize();
        if (!name.isEmpty() && Files.exists(beside)) {
            return beside;
        }
        if (!name.isEmpty() && Files.exists(here)) {
            return here;
        }
        if (name.matches("[A-Za-z0-9][\\w.-]*/[A-Za-z0-9][\\w.-]*")) {
            return new HubClient(HubSettings.ofEnvironment())
                    .pull(PullRequest.of(name))
                    .folder();
        }
        throw new UserError(
                "%s is an adapter to the checkpoint \"%s\", which is not there. Write in %s, as base_model_name_or_path, where it is now."
                        .formatted(folder, name, folder.resolve(AdapterConfig.FILE)));
    }

    /// The base with the adapter folded in.
    ///
    /// @param dtype of what is folded: else the type that the weight had
    Checkpoint folded(Optional<DType> dtype) {
        return with(weights.folded(base.weights(), dtype));
    }

    /// The base with the adapter's tensors beside its weights, for training.
    public Checkpoint beside() {
        return with(weights.beside(base.weights()));
    }

    private Checkpoint with(Weights joined) {
        return new Checkpoint(base.format(), joined, base.config(), base.files());
    }

    /// Writes a folder of this kind, whole or not at all.
    ///
    /// @param trained under the names that PEFT has for them
    /// @param model the configuration of the whole model
    /// @param files that lie beside, by name
    public static void write(
            Path folder,
            AdapterConfig config,
            Collection<Weight> trained,
            ObjectNode model,
            Map<String, SideFile> files,
            boolean force) {
        WholeFolder.write(folder, force, HfFolder::isOfACheckpoint, partial -> {
            SafetensorsWriter.write(partial.resolve(AdapterWeights.FILE), trained, SafetensorsWriter.PYTORCH, false);
            WholeFile.write(partial.resolve(AdapterConfig.FILE), false, Json.pretty(config.json()));
            WholeFile.write(partial.resolve(HfFolder.CONFIG), false, Json.pretty(model));
            files.forEach((name, file) -> WholeFile.write(partial.resolve(name), false, file.bytes()));
        });
    }
}
