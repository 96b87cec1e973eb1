package org.rduzoo.checkpoint.lora;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.rduzoo.checkpoint.pytorch.TorchFile;
import org.rduzoo.checkpoint.safetensors.SafetensorsFile;
import org.rduzoo.checkpoint.tensor.WeightTable;
import org.rduzoo.ir.DType;
import org.rduzoo.samba.LowRank;
import org.rduzoo.samba.Nearest;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.Weights;
import org.rduzoo.samba.Weights.Weight;

/// The tensors of an adapter, and how they go together with the weights of the checkpoint that it is for.
public final class AdapterWeights {

    public static final String FILE = "adapter_model.safetensors";

    private static final String PICKLED = "adapter_model.bin";
    private static final String DOWN = ".lora_A.weight";

    private final AdapterConfig config;
    private final Weights stored;

    private AdapterWeights(AdapterConfig config, Weights stored) {
        this.config = config;
        this.stored = stored;
    }

    /// @throws UserError when there are none, or one is no part of an adapter that is known here
    public static AdapterWeights open(Path folder, AdapterConfig config) {
        Path file = folder.resolve(FILE);
        Path pickled = folder.resolve(PICKLED);
        if (!Files.exists(file) && !Files.exists(pickled)) {
            throw new UserError("%s has %s, but neither %s nor %s, which hold the adapter."
                    .formatted(folder, AdapterConfig.FILE, FILE, PICKLED));
        }
        Weights stored = Files.exists(file) ? SafetensorsFile.open(file) : TorchFile.open(pickled);
        for (String name : stored.names()) {
            boolean whole = name.startsWith(LowRank.PREFIX) && !name.contains(".lora_");
            if (!whole && !LowRank.isAdapter(name)) {
                stored.close();
                throw new UserError("%s holds %s, which is no part of an adapter of linear layers (%sPATH%s)."
                        .formatted(stored.source(), name, LowRank.PREFIX, DOWN));
            }
        }
        return new AdapterWeights(config, stored);
    }

    /// The tensors as the file has them.
    public Weights stored() {
        return stored;
    }

    /// The names, in the model, of weights that are kept as a whole.
    public List<String> whole() {
        return stored.names().stream()
                .filter(n -> !LowRank.isAdapter(n))
                .map(AdapterWeights::inModel)
                .toList();
    }

    /// The paths of the layers that have an adapter.
    public List<String> layers() {
        return stored.names().stream()
                .filter(n -> n.endsWith(DOWN))
                .map(n -> n.substring(LowRank.PREFIX.length(), n.length() - DOWN.length()))
                .toList();
    }

    /// `base` with the adapters beside its weights, under the names that they have in their file.
    public Weights beside(Weights base) {
        Map<String, Weight> all = named(base);
        for (String name : stored.names()) {
            Weight weight = stored.find(name).orElseThrow();
            String key = LowRank.isAdapter(name) ? name : inModel(name);
            all.put(key, new Weight(key, weight.type(), weight.source(), weight.data()));
        }
        return WeightTable.of(base.source(), all.values(), closing(base));
    }

    /// `base` with the adapters folded into its weights.
    ///
    /// @param dtype of what is folded: else the type that the weight had
    public Weights folded(Weights base, Optional<DType> dtype) {
        Map<String, Weight> all = named(base);
        for (String layer : layers()) {
            String name = layer + ".weight";
            Weight weight = Optional.ofNullable(all.get(name))
                    .orElseThrow(() -> new UserError(
                            "%s has an adapter for %s, but %s has no such weight.%s Is it for another checkpoint?"
                                    .formatted(
                                            stored.source(), name, base.source(), Nearest.hint(name, all.keySet()))));
            Weight down = stored.find(LowRank.downName(layer)).orElseThrow();
            Weight up = stored.find(LowRank.upName(layer))
                    .orElseThrow(() -> new UserError(
                            "%s has %s, but not %s.".formatted(stored.source(), down.name(), LowRank.upName(layer))));
            DType as = dtype.orElse(weight.type().dtype());
            all.put(
                    name,
                    Folding.of(weight, down, up, config.scale(), config.fanInFanOut())
                            .as(as));
        }
        for (String name : whole()) {
            Weight weight = stored.find(LowRank.PREFIX + name).orElseThrow();
            all.put(name, new Weight(name, weight.type(), weight.source(), weight.data()));
        }
        return WeightTable.of(base.source(), all.values(), closing(base));
    }

    /// The weights of `base` by the names that the adapter's model has for them: a checkpoint of a body alone lacks
    /// their first word.
    private Map<String, Weight> named(Weights base) {
        List<String> layers = layers();
        String first = layers.isEmpty() ? "" : layers.getFirst() + ".weight";
        int word = first.indexOf('.') + 1;
        boolean body = !first.isEmpty()
                && base.find(first).isEmpty()
                && base.find(first.substring(word)).isPresent();
        String prefix = body ? first.substring(0, word) : "";
        Map<String, Weight> all = new LinkedHashMap<>();
        for (String name : base.names()) {
            Weight w = base.find(name).orElseThrow();
            String key = prefix + name;
            all.put(key, new Weight(key, w.type(), w.source(), w.data()));
        }
        return all;
    }

    private AutoCloseable closing(Weights base) {
        return () -> {
            stored.close();
            base.close();
        };
    }

    private static String inModel(String name) {
        return name.substring(LowRank.PREFIX.length());
    }

    /// Those of `names`, weights of a model, whose modules are to be kept as a whole: paths, none inside another.
    public static List<String> modules(Iterable<String> names) {
        List<String> modules = new ArrayList<>();
        for (String name : names) {
            modules.add(name.substring(0, name.lastIndexOf('.')));
        }
        return modules.stream()
                .distinct()
                .filter(m -> modules.stream().noneMatch(o -> m.startsWith(o + ".")))
                .sorted()
                .toList();
    }
}
