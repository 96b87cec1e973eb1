package org.rduzoo.checkpoint.tensor;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.rduzoo.checkpoint.file.Json;
import org.rduzoo.checkpoint.file.Named;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.Weights;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Weights in several files of one format, and the index that says which tensor lies in which.
public final class ShardedWeights implements Weights {

    private final String source;
    private final List<Weights> shards;
    private final Map<String, Weight> weights;

    private ShardedWeights(String source, List<Weights> shards, Map<String, Weight> weights) {
        this.source = source;
        this.shards = shards;
        this.weights = weights;
    }

    /// Opens every shard that `index` names, and checks that index and shards agree.
    ///
    /// @param opened opens one of them
    /// @throws UserError when a shard is missing, damaged or outside the folder, or lacks a tensor that should be in it
    public static ShardedWeights open(Path index, Function<Path, Weights> opened) {
        Path folder = index.toAbsolutePath().resolveSibling("");
        Map<String, String> shardOf = weightMap(index);
        Map<String, Weights> shards = new LinkedHashMap<>();
        try {
            for (String name : shardOf.values().stream().distinct().sorted().toList()) {
                shards.put(name, opened.apply(shard(index, folder, name, shardOf)));
            }
            Map<String, Weight> weights = new LinkedHashMap<>();
            shards.forEach((name, shard) -> {
                for (String tensor : shard.names()) {
                    if (!name.equals(shardOf.get(tensor))) {
                        throw new UserError(shard.source() + " holds " + Named.tensor(tensor) + ", which "
                                + index + (shardOf.containsKey(tensor) ? " puts into " + shardOf.get(tensor) : " lacks")
                                + ". Are index and shards from the same checkpoint?");
                    }
                    weights.put(tensor, shard.find(tensor).orElseThrow());
                }
            });
            shardOf.forEach((tensor, name) -> {
                if (!weights.containsKey(tensor)) {
                    throw new UserError(index + " puts " + Named.tensor(tensor) + " into " + name
                            + ", but it is not there. Are index and shards from the same checkpoint?");
                }
            });
            return new ShardedWeights(folder.toString(), new ArrayList<>(shards.values()), weights);
        } catch (RuntimeException e) {
            shards.values().forEach(Weights::close);
            throw e;
        }
    }

    private static Map<String, String> weightMap(Path index) {
        if (!(Json.read(index).get("weight_map") instanceof ObjectNode map)) {
            throw new UserError(
                    index + " has no \"weight_map\" from tensors to files. Is it the index of a checkpoint?");
        }
        Map<String, String> shardOf = new HashMap<>();
        for (Map.Entry<String, JsonNode> e : map.properties()) {
            String name = e.getValue().isString() ? e.getValue().stringValue() : "";
            // A name, and nothing that leads out of the folder.
            if (!name.matches("[^/\\\\:\\x00]+") || name.equals("..") || name.equals(".")) {
                throw new UserError(index + " puts " + Named.tensor(e.getKey()) + " into "
                        + Named.shortened(e.getValue().toString())
                        + ", which is not the name of a file in the same folder. Such an index is not followed.");
            }
            shardOf.put(e.getKey(), name);
        }
        return shardOf;
    }

    private static Path shard(Path index, Path folder, String name, Map<String, String> shardOf) {
        Path file = folder.resolve(name);
        if (!Files.exists(file)) {
            List<String> missing = shardOf.values().stream()
                    .distinct()
                    .sorted()
                    .filter(n -> !Files.exists(folder.resolve(n)))
                    .toList();
            throw new UserError(
                    index + " names " + shardOf.values().stream().distinct().count() + " files, but "
                            + missing.size() + " are missing: " + Named.shortened(String.join(", ", missing))
                            + ". Download them into " + folder + ".");
        }
        return file;
    }

    @Override
    public List<String> names() {
        return List.copyOf(weights.keySet());
    }

    @Override
    public Optional<Weight> find(String name) {
        return Optional.ofNullable(weights.get(name));
    }

    @Override
    public String source() {
        return source;
    }

    @Override
    public void close() {
        shards.forEach(Weights::close);
    }
}
