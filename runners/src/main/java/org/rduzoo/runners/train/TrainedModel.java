package org.rduzoo.runners.train;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.rduzoo.checkpoint.Adapter;
import org.rduzoo.checkpoint.Checkpoint;
import org.rduzoo.checkpoint.HfFolder;
import org.rduzoo.checkpoint.file.Json;
import org.rduzoo.checkpoint.file.SideFile;
import org.rduzoo.checkpoint.lora.AdapterConfig;
import org.rduzoo.checkpoint.tensor.Converted;
import org.rduzoo.checkpoint.tensor.WeightTable;
import org.rduzoo.ir.DType;
import org.rduzoo.samba.Config;
import org.rduzoo.samba.LowRank;
import org.rduzoo.samba.Weights;
import org.rduzoo.samba.Weights.Weight;
import tools.jackson.databind.node.ObjectNode;

/// Writes what training made as a Hugging Face folder: weights in the types that they had, the configuration, and the
/// files that lay beside it. Where adapters were trained, it is they and their configuration that take the place of the
/// weights, as PEFT has it.
///
/// @param files tokenizer and so on, by name
/// @param adapter how the adapters that were trained are used, if some were
public record TrainedModel(
        Config config, Map<String, SideFile> files, StartingWeights start, Optional<AdapterConfig> adapter) {

    /// Writes it, whole or not at all.
    public void write(Path folder, TrainingSession session, boolean force) {
        Map<String, Weight> trained = session.trained();
        ObjectNode object = Json.read("config.json", config.canonicalJson().getBytes(StandardCharsets.UTF_8));
        if (adapter.isPresent()) {
            List<Weight> named =
                    trained.values().stream().map(TrainedModel::inPeft).toList();
            Adapter.write(folder, adapter.get(), named, object, files, force);
            return;
        }
        List<Weight> all = start.names().stream()
                .map(n -> start.find(n).orElseThrow())
                .map(w -> {
                    Weight now = trained.get(w.name());
                    return now == null ? w : as(w, now);
                })
                .toList();
        Weights weights = WeightTable.of("training", all, () -> {});
        HfFolder.write(
                folder,
                new Checkpoint(Checkpoint.Format.HUGGING_FACE, weights, object, files),
                HfFolder.MAX_SHARD_BYTES,
                force);
    }

    private static Weight inPeft(Weight weight) {
        return LowRank.isAdapter(weight.name())
                ? weight
                : new Weight(LowRank.PREFIX + weight.name(), weight.type(), weight.source(), weight.data());
    }

    /// `now` in the element type of `before`; what is new, in that of the others.
    private Weight as(Weight before, Weight now) {
        boolean fresh = before.source().startsWith("random");
        DType wanted = fresh ? start.dtype() : before.type().dtype();
        return Converted.to(wanted, now);
    }
}
