package org.rduzoo.checkpoint.safetensors;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.rduzoo.checkpoint.file.Json;
import org.rduzoo.checkpoint.file.WholeFile;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.Weights.Weight;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonWriteFeature;
import tools.jackson.databind.node.ObjectNode;

/// Writes safetensors files as the reference does: tensors sorted by type, wide ones first, then by name; the header
/// padded so that the data begins at a multiple of 8. The same tensors always give the same bytes.
public final class SafetensorsWriter {

    /// What files of PyTorch weights say of themselves; other tools refuse a file without it.
    public static final Map<String, String> PYTORCH = Map.of("format", "pt");

    private static final JsonFactory JSON =
            JsonFactory.builder().disable(JsonWriteFeature.WRITE_HEX_UPPER_CASE).build();

    /// The reference compares names as UTF-8, where characters beyond the first plane come last.
    private static final Comparator<String> AS_UTF8 =
            (a, b) -> Arrays.compareUnsigned(a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));

    private static final Comparator<Weight> ORDER = Comparator.<Weight>comparingInt(
                    w -> -SafetensorsTypes.rank(w.type().dtype()))
            .thenComparing(Weight::name, AS_UTF8);

    private SafetensorsWriter() {}

    /// Writes one file. Tensors are read one after the other, so what is held in memory is the largest of them.
    ///
    /// @param metadata texts for `__metadata__`
    /// @param force whether a file that exists is replaced
    public static void write(Path file, Collection<Weight> weights, Map<String, String> metadata, boolean force) {
        List<Weight> sorted = weights.stream().sorted(ORDER).toList();
        byte[] header = header(sorted, metadata);
        if (header.length - 8 > SafetensorsHeader.MAX_LENGTH) {
            throw new UserError(file + " would need a header of " + (header.length - 8) + " bytes; the format allows "
                    + SafetensorsHeader.MAX_LENGTH + ". Write several files.");
        }
        WholeFile.write(file, force, channel -> {
            WholeFile.writeAll(channel, MemorySegment.ofArray(header));
            for (Weight w : sorted) {
                MemorySegment data = w.segment();
                if (data.byteSize() != w.type().bytes()) {
                    throw new IllegalStateException(
                            w.name() + " of type " + w.type() + " came with " + data.byteSize() + " bytes of data");
                }
                WholeFile.writeAll(channel, data);
            }
        });
    }

    /// Writes `model.safetensors` into `folder`, or shards of at most `maxShardBytes` of data (or one tensor) with
    /// their index.
    public static void writeSharded(
            Path folder, Collection<Weight> weights, Map<String, String> metadata, long maxShardBytes, boolean force) {
        List<List<Weight>> shards = shards(weights, maxShardBytes);
        if (shards.size() <= 1) {
            write(folder.resolve(ShardedSafetensors.SINGLE), weights, metadata, force);
            return;
        }
        Map<String, String> map = new TreeMap<>();
        long total = 0;
        for (int i = 0; i < shards.size(); i++) {
            String name = String.format("model-%05d-of-%05d.safetensors", i + 1, shards.size());
            write(folder.resolve(name), shards.get(i), metadata, force);
            for (Weight w : shards.get(i)) {
                map.put(w.name(), name);
                total += w.type().bytes();
            }
        }
        ObjectNode index = Json.object();
        index.putObject("metadata").put("total_size", total);
        ObjectNode weightMap = index.putObject("weight_map");
        map.forEach(weightMap::put);
        WholeFile.write(folder.resolve(ShardedSafetensors.INDEX), force, Json.pretty(index));
    }

    private static List<List<Weight>> shards(Collection<Weight> weights, long maxShardBytes) {
        List<List<Weight>> shards = new ArrayList<>();
        List<Weight> shard = new ArrayList<>();
        long bytes = 0;
        for (Weight w : weights) {
            if (!shard.isEmpty() && bytes + w.type().bytes() > maxShardBytes) {
                shards.add(shard);
                shard = new ArrayList<>();
                bytes = 0;
            }
            shard.add(w);
            bytes += w.type().bytes();
        }
        shards.add(shard);
        return shards;
    }

    /// The length, the JSON and its padding.
    private static byte[] header(List<Weight> sorted, Map<String, String> metadata) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(new byte[8]);
        Set<String> names = new HashSet<>();
        try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), out)) {
            json.writeStartObject();
            if (!metadata.isEmpty()) {
                json.writeName("__metadata__").writeStartObject();
                new TreeMap<>(metadata).forEach(json::writeStringProperty);
                json.writeEndObject();
            }
            long at = 0;
            for (Weight w : sorted) {
                if (!names.add(w.name())) {
                    throw new IllegalArgumentException("two tensors are named " + w.name());
                }
                json.writeName(w.name()).writeStartObject();
                json.writeStringProperty("dtype", w.type().dtype().name());
                json.writeName("shape").writeStartArray();
                for (int dim : w.type().shape().dims()) {
                    json.writeNumber(dim);
                }
                json.writeEndArray();
                json.writeName("data_offsets").writeStartArray().writeNumber(at);
                at += w.type().bytes();
                json.writeNumber(at).writeEndArray().writeEndObject();
            }
            json.writeEndObject();
        }
        while (out.size() % 8 != 0) {
            out.write(' ');
        }
        byte[] header = out.toByteArray();
        ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN).putLong(header.length - 8L);
        return header;
    }
}
