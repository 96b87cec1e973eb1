package org.rduzoo.checkpoint.pytorch;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.rduzoo.checkpoint.file.MappedFile;
import org.rduzoo.checkpoint.file.Named;
import org.rduzoo.checkpoint.pytorch.PickleValue.Storage;
import org.rduzoo.checkpoint.pytorch.PickleValue.Tensor;
import org.rduzoo.ir.Shape;
import org.rduzoo.ir.Type;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.Weights;

/// The tensors of a file that `torch.save` wrote (`.pth`, `.pt`, `.bin`), mapped into memory. Nothing that the file
/// asks
/// for is run: see [Unpickler]. Which of its dictionaries is taken, [StateDict] says.
public final class TorchFile implements Weights {

    private static final String PICKLE = "/data.pkl";

    private static final String STORAGES = "/data/";

    private static final int MOST_NAMES_LEFT_OUT = 20;

    private final MappedFile file;
    private final StateDict stateDict;
    private final Map<String, Weight> weights;

    private TorchFile(MappedFile file, StateDict stateDict, Map<String, Weight> weights) {
        this.file = file;
        this.stateDict = stateDict;
        this.weights = weights;
    }

    /// Maps the file at `path`, and reads which tensors it has.
    ///
    /// @throws UserError if it is missing or damaged, holds no dictionary of tensors, or asks for anything but plain
    /// data and tensors
    public static TorchFile open(Path path) {
        MappedFile file = MappedFile.open(path);
        try {
            return of(file, contents(file.source(), file.bytes()));
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }

    /// Whether a file begins as PyTorch's do: as a zip, or as the format before.
    public static boolean looksLike(MemorySegment start) {
        return Zip.isOne(start) || LegacyFile.isOne(start);
    }

    private static TorchContents contents(String source, MemorySegment file) {
        if (LegacyFile.isOne(file)) {
            return LegacyFile.read(source, file);
        }
        if (!Zip.isOne(file)) {
            throw new UserError(source + " is not a file of torch.save: it does not begin as a zip does."
                    + "\nIs it the right file? A download may have saved an error page in its place.");
        }
        Map<String, MemorySegment> entries = Zip.entries(source, file);
        String root = root(source, entries);
        Map<String, MemorySegment> storages = new HashMap<>();
        entries.forEach((name, content) -> {
            if (name.startsWith(root + STORAGES)) {
                storages.put(name.substring(root.length() + STORAGES.length()), content);
            }
        });
        MemorySegment pickle = entries.getOrDefault(root + PICKLE, MemorySegment.NULL);
        return new TorchContents(
                Unpickler.run(source + " (data.pkl)", pickle).value(),
                storages,
                isBigEndian(source, entries.get(root + "/byteorder")));
    }

    private static TorchFile of(MappedFile file, TorchContents contents) {
        StateDict stateDict = StateDict.of(file.source(), contents.value());
        Map<String, Weight> weights =
                LinkedHashMap.newLinkedHashMap(stateDict.tensors().size());
        stateDict.tensors().forEach((name, tensor) -> {
            MemorySegment storage = storage(file.source(), contents, name, tensor.storage());
            weights.put(
                    name,
                    new Weight(
                            name,
                            type(tensor),
                            file.source(),
                            () -> Strided.elements(tensor, storage, contents.swapped())));
        });
        return new TorchFile(file, stateDict, weights);
    }

    /// The folder that everything in the zip lies in.
    private static String root(String source, Map<String, MemorySegment> entries) {
        List<String> roots = entries.keySet().stream()
                .filter(n -> n.endsWith(PICKLE) && n.indexOf('/') == n.length() - PICKLE.length())
                .map(n -> n.substring(0, n.length() - PICKLE.length()))
                .toList();
        if (roots.size() != 1) {
            throw new UserError(source + " is a zip with " + (roots.isEmpty() ? "no" : "more than one")
                    + " data.pkl, which every file of torch.save has one of.\nIs it a checkpoint of PyTorch?");
        }
        String root = roots.getFirst();
        if (entries.containsKey(root + "/constants.pkl")) {
            throw new UserError(source + " is a TorchScript program, not weights alone.\nSave these with PyTorch:"
                    + " torch.save(torch.jit.load(PATH).state_dict(), NEW_PATH).");
        }
        return root;
    }

    private static boolean isBigEndian(String source, @Nullable MemorySegment record) {
        if (record == null) {
            // Older versions wrote none, on machines that were little-endian.
            return false;
        }
        String order = record.byteSize() > 16
                ? "something else"
                : new String(record.toArray(ValueLayout.JAVA_BYTE), StandardCharsets.US_ASCII);
        return switch (order) {
            case "little" -> false;
            case "big" -> true;
            default ->
                throw new UserError(source + ": byteorder says " + Named.shortened(order)
                        + ", but little or big was expected.\nThe file is damaged; get it again.");
        };
    }

    private static MemorySegment storage(String source, TorchContents contents, String tensor, Storage storage) {
        MemorySegment bytes = contents.storages().get(storage.key());
        String entry = "data/" + Named.shortened(storage.key());
        if (bytes == null) {
            throw new UserError(source + " lacks " + entry + ", which " + Named.tensor(tensor)
                    + " lies in.\nThe file is damaged or incomplete: get it again.");
        }
        if (bytes.byteSize() < storage.bytes()) {
            throw new UserError(source + ": " + entry + " has " + bytes.byteSize() + " bytes, but "
                    + Named.tensor(tensor) + " lies in a storage of " + storage.bytes()
                    + ".\nThe file is damaged or incomplete: get it again.");
        }
        return bytes.asSlice(0, storage.bytes());
    }

    private static Type type(Tensor tensor) {
        int[] dims = new int[tensor.shape().length];
        for (int i = 0; i < dims.length; i++) {
            dims[i] = Math.toIntExact(tensor.shape()[i]);
        }
        return new Type(tensor.dtype(), Shape.of(dims));
    }

    /// Which part of the file these tensors are, for people.
    public Map<String, String> metadata() {
        Map<String, String> metadata = new TreeMap<>();
        metadata.put(
                "state_dict",
                stateDict.path().isEmpty()
                        ? "the whole file"
                        : "under " + Named.shortened(String.join(".", stateDict.path())));
        List<String> leftOut = stateDict.leftOut();
        if (!leftOut.isEmpty()) {
            metadata.put(
                    "left_out",
                    leftOut.stream()
                                    .limit(MOST_NAMES_LEFT_OUT)
                                    .map(Named::shortened)
                                    .collect(Collectors.joining(", "))
                            + (leftOut.size() > MOST_NAMES_LEFT_OUT
                                    ? " and " + (leftOut.size() - MOST_NAMES_LEFT_OUT) + " more"
                                    : ""));
        }
        return metadata;
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
        return file.source();
    }

    @Override
    public void close() {
        file.close();
    }
}
