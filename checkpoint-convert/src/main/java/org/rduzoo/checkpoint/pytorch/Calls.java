package org.rduzoo.checkpoint.pytorch;

import java.util.List;
import java.util.Optional;
import org.rduzoo.checkpoint.pytorch.PickleValue.Bytes;
import org.rduzoo.checkpoint.pytorch.PickleValue.Constant;
import org.rduzoo.checkpoint.pytorch.PickleValue.Dictionary;
import org.rduzoo.checkpoint.pytorch.PickleValue.ElementType;
import org.rduzoo.checkpoint.pytorch.PickleValue.Function;
import org.rduzoo.checkpoint.pytorch.PickleValue.Items;
import org.rduzoo.checkpoint.pytorch.PickleValue.Storage;
import org.rduzoo.checkpoint.pytorch.PickleValue.StorageType;
import org.rduzoo.checkpoint.pytorch.PickleValue.Tensor;
import org.rduzoo.checkpoint.pytorch.PickleValue.Text;
import org.rduzoo.checkpoint.pytorch.PickleValue.Whole;
import org.rduzoo.ir.DType;

/// What the calls in a pickle mean: each is a case of ours that puts data together.
final class Calls {

    private static final int MOST_DIMENSIONS = 64;

    private Calls() {}

    /// Arguments that a function does not take, with what was expected; the pickle's place is added where it is known.
    static final class BadCall extends RuntimeException {

        private static final long serialVersionUID = 1;

        private final String what;

        BadCall(String what) {
            super(what, null, false, false);
            this.what = what;
        }

        String what() {
            return what;
        }
    }

    /// The result of a call.
    static PickleValue call(Function function, List<PickleValue> arguments) {
        return switch (function) {
            case ORDERED_DICT -> dictionary(arguments);
            case SET, FROZENSET -> Items.set(elements(function, arguments));
            case SIZE -> Items.tuple(elements(function, arguments));
            case ENCODE ->
                new Bytes(argument(function, arguments, 0, Text.class).value().length());
            case DEVICE -> argument(function, arguments, 0, Text.class);
            case REBUILD_TENSOR, REBUILD_TENSOR_V2 -> typed(function, arguments);
            case REBUILD_TENSOR_V3 -> untyped(function, arguments);
            case REBUILD_PARAMETER, REBUILD_PARAMETER_WITH_STATE -> argument(function, arguments, 0, Tensor.class);
            case REBUILD_FROM_TYPE -> fromType(arguments);
            case TENSOR, PARAMETER -> throw new BadCall("a call of " + function.title() + ", which says no values");
        };
    }

    private static PickleValue dictionary(List<PickleValue> arguments) {
        Dictionary dictionary = new Dictionary();
        for (PickleValue pair : elements(Function.ORDERED_DICT, arguments).elements()) {
            if (!(pair instanceof Items items) || items.elements().size() != 2) {
                throw new BadCall(Function.ORDERED_DICT.title() + " of something other than pairs");
            }
            dictionary.put(items.elements().get(0), items.elements().get(1));
        }
        return dictionary;
    }

    private static Items elements(Function function, List<PickleValue> arguments) {
        return arguments.isEmpty() ? Items.list() : argument(function, arguments, 0, Items.class);
    }

    private static Tensor fromType(List<PickleValue> arguments) {
        Function builder = argument(Function.REBUILD_FROM_TYPE, arguments, 0, Function.class);
        Function type = argument(Function.REBUILD_FROM_TYPE, arguments, 1, Function.class);
        if (type != Function.TENSOR && type != Function.PARAMETER) {
            throw new BadCall("a tensor of type " + type.title());
        }
        Items inner = argument(Function.REBUILD_FROM_TYPE, arguments, 2, Items.class);
        return switch (builder) {
            case REBUILD_TENSOR, REBUILD_TENSOR_V2 -> typed(builder, inner.elements());
            case REBUILD_TENSOR_V3 -> untyped(builder, inner.elements());
            case ORDERED_DICT,
                    SET,
                    FROZENSET,
                    ENCODE,
                    SIZE,
                    DEVICE,
                    TENSOR,
                    PARAMETER,
                    REBUILD_PARAMETER,
                    REBUILD_PARAMETER_WITH_STATE,
                    REBUILD_FROM_TYPE -> throw new BadCall("a tensor made by " + builder.title());
        };
    }

    private static Tensor typed(Function function, List<PickleValue> arguments) {
        Storage storage = argument(function, arguments, 0, Storage.class);
        DType dtype =
                storage.dtype().orElseThrow(() -> new BadCall(function.title() + " of a storage without element type"));
        if (arguments.size() > 6) {
            refuseViews(arguments.get(6));
        }
        return tensor(function, arguments, storage, dtype);
    }

    private static Tensor untyped(Function function, List<PickleValue> arguments) {
        Storage storage = argument(function, arguments, 0, Storage.class);
        if (arguments.size() > 7) {
            refuseViews(arguments.get(7));
        }
        return tensor(
                function,
                arguments,
                storage,
                argument(function, arguments, 6, ElementType.class).dtype());
    }

    /// A tensor may be marked as the negative or the conjugate of what its storage holds.
    private static void refuseViews(PickleValue marks) {
        if (marks instanceof Dictionary d && !d.isEmpty()) {
            throw new BadCall("a tensor that is marked as the negative or conjugate of what is stored; call"
                    + " .resolve_neg().resolve_conj() before saving it");
        }
    }

    private static Tensor tensor(Function function, List<PickleValue> arguments, Storage storage, DType dtype) {
        long offset = argument(function, arguments, 1, Whole.class).value();
        long[] shape = numbers(function, arguments, 2);
        long[] strides = numbers(function, arguments, 3);
        if (shape.length != strides.length) {
            throw new BadCall("a tensor of " + shape.length + " dimensions with " + strides.length + " strides");
        }
        check(offset, shape, strides, storage.bytes() / dtype.bytes());
        return new Tensor(storage, dtype, offset, shape, strides);
    }

    /// Every element lies in the storage, and there are no more elements than the storage has.
    private static void check(long offset, long[] shape, long[] strides, long available) {
        long elements = 1;
        long last = offset;
        boolean fits = offset >= 0;
        for (int i = 0; i < shape.length && fits; i++) {
            fits = shape[i] >= 0 && shape[i] <= Integer.MAX_VALUE && strides[i] >= 0;
            if (fits && elements > 0) {
                elements = product(elements, shape[i]);
                long reach = product(Math.max(0, shape[i] - 1), strides[i]);
                last = last + reach < 0 ? Long.MAX_VALUE : last + reach;
            }
        }
        if (!fits) {
            throw new BadCall("a tensor with a negative or too large size, stride or offset");
        }
        if (elements > 0 && last >= available) {
            throw new BadCall("a tensor that reaches element " + last + " of a storage of " + available);
        }
        if (elements > available) {
            throw new BadCall("a tensor of " + (elements == Long.MAX_VALUE ? "more than 2^63" : elements)
                    + " elements over a storage of " + available
                    + " (an expanded one?); call .contiguous() before saving it");
        }
    }

    /// The product of two numbers that are not negative, or the largest number there is.
    private static long product(long a, long b) {
        return Math.multiplyHigh(a, b) != 0 || a * b < 0 ? Long.MAX_VALUE : a * b;
    }

    private static long[] numbers(Function function, List<PickleValue> arguments, int i) {
        List<PickleValue> numbers =
                argument(function, arguments, i, Items.class).elements();
        if (numbers.size() > MOST_DIMENSIONS) {
            throw new BadCall(
                    "a tensor of " + numbers.size() + " dimensions; at most " + MOST_DIMENSIONS + " are allowed");
        }
        return numbers.stream()
                .mapToLong(e -> {
                    if (e instanceof Whole(long n)) {
                        return n;
                    }
                    throw new BadCall(e.kind() + " among the sizes or strides of a tensor");
                })
                .toArray();
    }

    private static <T extends PickleValue> T argument(
            Function function, List<PickleValue> arguments, int i, Class<T> type) {
        if (i < arguments.size() && type.isInstance(arguments.get(i))) {
            return type.cast(arguments.get(i));
        }
        throw new BadCall(function.title() + " with "
                + (i < arguments.size() ? arguments.get(i).kind() : "nothing") + " as argument " + (i + 1));
    }

    /// The storage that a persistent id stands for.
    static Storage storage(PickleValue id) {
        if (id instanceof Items items
                && items.isTuple()
                && items.elements().size() >= 5
                && items.elements().get(0) instanceof Text(String word)
                && word.equals("storage")
                && items.elements().get(1) instanceof StorageType(var _, Optional<DType> dtype)
                && items.elements().get(2) instanceof Text(String key)
                && items.elements().get(4) instanceof Whole(long count)) {
            int width = dtype.map(DType::bytes).orElse(1);
            if (count < 0 || count > Long.MAX_VALUE / width) {
                throw new BadCall("a storage of " + count + " elements");
            }
            if (items.elements().size() > 5 && items.elements().get(5) != Constant.NONE) {
                throw new BadCall("a storage that is part of another one");
            }
            return new Storage(key, dtype, count * width);
        }
        throw new BadCall("a persistent id that is no storage");
    }
}
