package org.rduzoo.checkpoint.pytorch;

import java.lang.foreign.MemorySegment;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.rduzoo.checkpoint.file.Named;
import org.rduzoo.checkpoint.pytorch.Calls.BadCall;
import org.rduzoo.checkpoint.pytorch.PickleValue.BigWhole;
import org.rduzoo.checkpoint.pytorch.PickleValue.Bytes;
import org.rduzoo.checkpoint.pytorch.PickleValue.Constant;
import org.rduzoo.checkpoint.pytorch.PickleValue.Dictionary;
import org.rduzoo.checkpoint.pytorch.PickleValue.Function;
import org.rduzoo.checkpoint.pytorch.PickleValue.Items;
import org.rduzoo.checkpoint.pytorch.PickleValue.Real;
import org.rduzoo.checkpoint.pytorch.PickleValue.Storage;
import org.rduzoo.checkpoint.pytorch.PickleValue.Tensor;
import org.rduzoo.checkpoint.pytorch.PickleValue.Text;
import org.rduzoo.checkpoint.pytorch.PickleValue.Whole;
import org.rduzoo.samba.UserError;

/// Runs a pickle of protocol 2 to 5 on a machine that can build plain data and tensors.
///
/// A pickle is a program for a machine with a stack. Python's own machine may look up any class and call it; this one
/// knows a closed list of names ([PickleNames]) and refuses all others by name. It does not recurse, and each
/// instruction allocates at most in proportion to its own length, so what a pickle needs is bounded by its size.
final class Unpickler {

    /// A real checkpoint has a handful of containers within each other.
    private static final int MOST_NESTED = 200;

    /// What lies beyond is not read, as if it were cut off: the pickles of the largest models have a few megabytes.
    private static final long MOST_BYTES = 256 << 20;

    /// More digits than any number of a checkpoint has.
    private static final int MOST_BYTES_OF_A_NUMBER = 1024;

    private final String source;
    private final PickleBytes in;
    private final List<PickleValue> stack = new ArrayList<>();
    private final List<Integer> marks = new ArrayList<>();
    private final Map<Integer, PickleValue> memo = new HashMap<>();
    private final Map<String, Storage> storages = new HashMap<>();
    private long copied;

    private Unpickler(String source, MemorySegment pickle) {
        this.source = source;
        this.in = new PickleBytes(source, pickle);
    }

    /// What a pickle and what follows it hold.
    ///
    /// @param storages all that it names, by their keys
    /// @param bytes length of the pickle
    record Result(PickleValue value, Map<String, Storage> storages, long bytes) {}

    /// Runs the pickle at the start of `pickle`.
    ///
    /// @param source where it comes from, for messages
    /// @throws UserError if it is damaged, or asks for anything but plain data and tensors
    static Result run(String source, MemorySegment pickle) {
        return new Unpickler(source, pickle.asSlice(0, Math.min(MOST_BYTES, pickle.byteSize()))).run();
    }

    private Result run() {
        long start = 0;
        try {
            if (in.u8() != Opcode.PROTO) {
                throw new BadCall("something that is no pickle of protocol 2 or later");
            }
            int protocol = in.u8();
            if (protocol < 2 || protocol > 5) {
                throw new BadCall("protocol " + protocol + "; 2 to 5 can be read");
            }
            while (true) {
                start = in.position();
                int opcode = in.u8();
                if (opcode == Opcode.STOP) {
                    return new Result(pop(), storages, in.position());
                }
                step(opcode);
            }
        } catch (BadCall e) {
            throw in.broken(start, e.what());
        }
    }

    private void step(int opcode) {
        switch (opcode) {
            case Opcode.FRAME -> in.length(in.i64());
            case Opcode.MARK -> marks.add(stack.size());
            case Opcode.POP -> discard();
            case Opcode.POP_MARK -> popToMark();
            case Opcode.DUP -> push(top());
            case Opcode.NONE -> push(Constant.NONE);
            case Opcode.NEWTRUE -> push(Constant.TRUE);
            case Opcode.NEWFALSE -> push(Constant.FALSE);
            case Opcode.BININT -> push(new Whole(in.i32()));
            case Opcode.BININT1 -> push(new Whole(in.u8()));
            case Opcode.BININT2 -> push(new Whole(in.u16()));
            case Opcode.LONG1 -> push(whole(in.bytes(in.u8())));
            case Opcode.LONG4 -> push(whole(number(in.i32())));
            case Opcode.BINFLOAT -> push(new Real(in.bigEndianDouble()));
            case Opcode.SHORT_BINSTRING -> push(new Text(in.latin1(in.u8())));
            case Opcode.BINSTRING -> push(new Text(in.latin1(in.i32())));
            case Opcode.SHORT_BINUNICODE -> push(new Text(in.text(in.u8())));
            case Opcode.BINUNICODE -> push(new Text(in.text(in.u32())));
            case Opcode.BINUNICODE8 -> push(new Text(in.text(in.i64())));
            case Opcode.SHORT_BINBYTES -> push(new Bytes(in.skip(in.u8())));
            case Opcode.BINBYTES -> push(new Bytes(in.skip(in.u32())));
            case Opcode.BINBYTES8, Opcode.BYTEARRAY8 -> push(new Bytes(in.skip(in.i64())));
            case Opcode.EMPTY_LIST -> push(Items.list());
            case Opcode.EMPTY_TUPLE -> push(Items.tuple(List.of()));
            case Opcode.EMPTY_SET -> push(Items.set());
            case Opcode.EMPTY_DICT -> push(new Dictionary());
            case Opcode.TUPLE1 -> push(nested(Items.tuple(List.of(pop()))));
            case Opcode.TUPLE2 -> push(nested(Items.tuple(pop(2))));
            case Opcode.TUPLE3 -> push(nested(Items.tuple(pop(3))));
            case Opcode.TUPLE -> push(nested(Items.tuple(popToMark())));
            case Opcode.FROZENSET -> push(nested(Items.set(Items.tuple(popToMark()))));
            case Opcode.APPEND -> {
                PickleValue element = pop();
                addAll(List.of(element));
            }
            case Opcode.APPENDS, Opcode.ADDITEMS -> {
                List<PickleValue> elements = popToMark();
                addAll(elements);
            }
            case Opcode.SETITEM -> {
                List<PickleValue> pair = pop(2);
                putAll(pair);
            }
            case Opcode.SETITEMS -> {
                List<PickleValue> pairs = popToMark();
                putAll(pairs);
            }
            case Opcode.GLOBAL -> push(named(in.line(), in.line()));
            case Opcode.STACK_GLOBAL -> {
                List<PickleValue> names = pop(2);
                push(named(text(names.get(0)), text(names.get(1))));
            }
            case Opcode.REDUCE -> reduce();
            case Opcode.BUILD -> build();
            case Opcode.BINPERSID -> {
                Storage storage = Calls.storage(pop());
                storages.put(storage.key(), storage);
                push(storage);
            }
            case Opcode.BINPUT -> memo.put(in.u8(), top());
            case Opcode.LONG_BINPUT -> memo.put(in.i32(), top());
            case Opcode.MEMOIZE -> memo.put(memo.size(), top());
            case Opcode.BINGET -> push(remembered(in.u8()));
            case Opcode.LONG_BINGET -> push(remembered(in.i32()));
            default ->
                throw new BadCall(
                        "instruction " + Opcode.nameOf(opcode) + ", which tensors and plain data do not need");
        }
    }

    private byte[] number(int bytes) {
        if (bytes > MOST_BYTES_OF_A_NUMBER) {
            throw new BadCall("a number of " + bytes + " bytes");
        }
        return in.bytes(bytes);
    }

    private static PickleValue whole(byte[] littleEndian) {
        byte[] bigEndian = new byte[littleEndian.length];
        for (int i = 0; i < bigEndian.length; i++) {
            bigEndian[i] = littleEndian[littleEndian.length - 1 - i];
        }
        BigInteger value = bigEndian.length == 0 ? BigInteger.ZERO : new BigInteger(bigEndian);
        return value.bitLength() < Long.SIZE ? new Whole(value.longValue()) : new BigWhole(value);
    }

    private PickleValue named(String module, String name) {
        String full = module + "." + name;
        return PickleNames.find(full)
                .orElseThrow(
                        () -> new UserError(source + " asks for " + Named.shortened(full) + " (byte " + in.position()
                                + "), which is neither a tensor nor plain data: it is not looked up, and nothing in the file"
                                + " has been run.\nIf you trust where the file comes from, save its weights alone with"
                                + " PyTorch: torch.save(model.state_dict(), PATH)."));
    }

    private void reduce() {
        PickleValue arguments = pop();
        PickleValue function = pop();
        if (!(function instanceof Function f) || !(arguments instanceof Items items) || !items.isTuple()) {
            throw new BadCall("a call of " + function.kind() + " with " + arguments.kind() + " as its arguments");
        }
        if (f == Function.ORDERED_DICT
                && !items.elements().isEmpty()
                && items.elements().getFirst() instanceof Items i) {
            // Each pair takes a byte at least where it is written; more come only from reading them again and again.
            copied += i.elements().size();
            if (copied > in.size()) {
                throw new BadCall("more dictionaries made from lists than its length allows");
            }
        }
        push(nested(Calls.call(f, items.elements())));
    }

    /// Attributes that an object is given: of a dictionary or tensor, nothing that its values need.
    private void build() {
        PickleValue state = pop();
        if (!(top() instanceof Dictionary) && !(top() instanceof Tensor)) {
            throw new BadCall("attributes (" + state.kind() + ") for " + top().kind());
        }
    }

    private void addAll(List<PickleValue> elements) {
        if (!(top() instanceof Items items) || items.isTuple()) {
            throw new BadCall("elements for " + top().kind());
        }
        try {
            items.addAll(elements);
        } catch (UnsupportedOperationException _) {
            throw new BadCall("elements for a set that is complete");
        }
        nested(items);
    }

    private void putAll(List<PickleValue> keysAndValues) {
        if (!(top() instanceof Dictionary dictionary) || keysAndValues.size() % 2 != 0) {
            throw new BadCall(keysAndValues.size() + " keys and values for " + top().kind());
        }
        for (int i = 0; i < keysAndValues.size(); i += 2) {
            dictionary.put(keysAndValues.get(i), keysAndValues.get(i + 1));
        }
        nested(dictionary);
    }

    private static <T extends PickleValue> T nested(T container) {
        if (container.depth() > MOST_NESTED) {
            throw new BadCall("more than " + MOST_NESTED + " containers within each other");
        }
        return container;
    }

    private static String text(PickleValue value) {
        if (value instanceof Text(String text)) {
            return text;
        }
        throw new BadCall(value.kind() + " as a name");
    }

    private PickleValue remembered(int index) {
        PickleValue value = memo.get(index);
        if (value == null) {
            throw new BadCall("a look at place " + Integer.toUnsignedString(index) + " of the memo, which is empty");
        }
        return value;
    }

    private void push(PickleValue value) {
        stack.add(value);
    }

    private int bottom() {
        return marks.isEmpty() ? 0 : marks.getLast();
    }

    private PickleValue top() {
        if (stack.size() <= bottom()) {
            throw new BadCall("an instruction that needs a value, with none on the stack");
        }
        return stack.getLast();
    }

    private PickleValue pop() {
        PickleValue value = top();
        stack.removeLast();
        return value;
    }

    private List<PickleValue> pop(int count) {
        if (stack.size() - bottom() < count) {
            throw new BadCall("an instruction that needs " + count + " values, with fewer on the stack");
        }
        List<PickleValue> last = stack.subList(stack.size() - count, stack.size());
        List<PickleValue> values = List.copyOf(last);
        last.clear();
        return values;
    }

    private List<PickleValue> popToMark() {
        if (marks.isEmpty()) {
            throw new BadCall("an instruction that needs a mark, with none on the stack");
        }
        List<PickleValue> values = pop(stack.size() - marks.getLast());
        marks.removeLast();
        return values;
    }

    /// Takes away what is on top, be it a value or a mark.
    private void discard() {
        if (!marks.isEmpty() && marks.getLast() == stack.size()) {
            marks.removeLast();
        } else {
            pop();
        }
    }
}
