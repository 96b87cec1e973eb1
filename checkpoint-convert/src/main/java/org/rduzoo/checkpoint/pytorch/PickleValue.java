package org.rduzoo.checkpoint.pytorch;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.rduzoo.ir.DType;

/// What a pickle can build here: plain data, tensors, and the few names that tensors are built with. None of it runs
/// anything, whatever the pickle says.
sealed interface PickleValue {

    /// What the pickle calls it, for messages.
    default String kind() {
        return switch (this) {
            case Constant c -> c == Constant.NONE ? "None" : "a truth value";
            case Whole _, BigWhole _, Real _ -> "a number";
            case Text _ -> "a text";
            case Bytes _ -> "bytes";
            case Items items -> items.kind;
            case Dictionary _ -> "a dictionary";
            case Function f -> f.title();
            case StorageType t -> t.name();
            case ElementType t -> t.name();
            case Storage _ -> "a storage";
            case Tensor _ -> "a tensor";
        };
    }

    /// How many containers lie within each other, this one included.
    default int depth() {
        return 0;
    }

    /// Values that there is one each of.
    enum Constant implements PickleValue {
        NONE,
        TRUE,
        FALSE
    }

    record Whole(long value) implements PickleValue {}

    /// A whole number beyond 64 bits.
    record BigWhole(BigInteger value) implements PickleValue {}

    record Real(double value) implements PickleValue {}

    record Text(String value) implements PickleValue {}

    /// Bytes, of which only the length is kept: nothing in a checkpoint's tensors needs them.
    record Bytes(long length) implements PickleValue {}

    /// A list, tuple or set. Its elements are never looked up, so a set is one in name alone.
    final class Items implements PickleValue {

        private final String kind;
        private final List<PickleValue> elements;
        private int depth = 1;

        private Items(String kind, List<PickleValue> elements) {
            this.kind = kind;
            this.elements = elements;
        }

        static Items list() {
            return new Items("a list", new ArrayList<>(0));
        }

        static Items set() {
            return new Items("a set", new ArrayList<>(0));
        }

        /// A set of what `items` holds: the same elements and no copy, or a short pickle could ask for many long ones.
        static Items set(Items items) {
            return sharing("a set", items);
        }

        /// A tuple of what `items` holds, likewise.
        static Items tuple(Items items) {
            return sharing("a tuple", items);
        }

        static Items tuple(List<PickleValue> elements) {
            Items tuple = new Items("a tuple", elements);
            elements.forEach(e -> tuple.depth = Math.max(tuple.depth, 1 + e.depth()));
            return tuple;
        }

        private static Items sharing(String kind, Items items) {
            Items shared = new Items(kind, Collections.unmodifiableList(items.elements));
            shared.depth = items.depth;
            return shared;
        }

        boolean isTuple() {
            return kind.equals("a tuple");
        }

        List<PickleValue> elements() {
            return elements;
        }

        void addAll(List<PickleValue> more) {
            elements.addAll(more);
            more.forEach(e -> depth = Math.max(depth, 1 + e.depth()));
        }

        @Override
        public int depth() {
            return depth;
        }
    }

    /// A dictionary, ordered or not: keys and values in turn, so that no key is ever hashed.
    final class Dictionary implements PickleValue {

        private final List<PickleValue> keysAndValues = new ArrayList<>(0);
        private int depth = 1;

        void put(PickleValue key, PickleValue value) {
            keysAndValues.add(key);
            keysAndValues.add(value);
            depth = Math.max(depth, 1 + Math.max(key.depth(), value.depth()));
        }

        boolean isEmpty() {
            return keysAndValues.isEmpty();
        }

        /// The entries whose keys are texts; of two with one key, the last counts.
        Map<String, PickleValue> byText() {
            Map<String, PickleValue> map = new LinkedHashMap<>();
            for (int i = 0; i < keysAndValues.size(); i += 2) {
                if (keysAndValues.get(i) instanceof Text(String key)) {
                    map.put(key, keysAndValues.get(i + 1));
                }
            }
            return map;
        }

        @Override
        public int depth() {
            return depth;
        }
    }

    /// What a pickle may call, by the names that PyTorch has for it.
    enum Function implements PickleValue {
        ORDERED_DICT("collections.OrderedDict"),
        SET("builtins.set"),
        FROZENSET("builtins.frozenset"),
        ENCODE("_codecs.encode"),
        SIZE("torch.Size"),
        DEVICE("torch.device"),
        TENSOR("torch.Tensor"),
        PARAMETER("torch.nn.parameter.Parameter"),
        REBUILD_TENSOR("torch._utils._rebuild_tensor"),
        REBUILD_TENSOR_V2("torch._utils._rebuild_tensor_v2"),
        REBUILD_TENSOR_V3("torch._utils._rebuild_tensor_v3"),
        REBUILD_PARAMETER("torch._utils._rebuild_parameter"),
        REBUILD_PARAMETER_WITH_STATE("torch._utils._rebuild_parameter_with_state"),
        REBUILD_FROM_TYPE("torch._tensor._rebuild_from_type_v2");

        private final String title;

        Function(String title) {
            this.title = title;
        }

        String title() {
            return title;
        }
    }

    /// The type of a storage, as in `torch.FloatStorage`; one without element type counts bytes.
    record StorageType(String name, Optional<DType> dtype) implements PickleValue {}

    /// An element type, as in `torch.bfloat16`.
    record ElementType(String name, DType dtype) implements PickleValue {}

    /// Memory that tensors share, by the name of its file in the zip.
    ///
    /// @param dtype nothing if the tensors say it
    /// @param bytes how many there are
    record Storage(String key, Optional<DType> dtype, long bytes) implements PickleValue {}

    /// A tensor: a view of a storage.
    ///
    /// @param offset of its first element, in elements
    /// @param strides how many elements apart neighbours of each dimension are
    record Tensor(Storage storage, DType dtype, long offset, long[] shape, long[] strides) implements PickleValue {}
}
