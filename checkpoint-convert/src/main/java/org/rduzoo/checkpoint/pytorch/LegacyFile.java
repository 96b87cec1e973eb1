package org.rduzoo.checkpoint.pytorch;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;
import org.rduzoo.checkpoint.file.Named;
import org.rduzoo.checkpoint.pytorch.PickleValue.Constant;
import org.rduzoo.checkpoint.pytorch.PickleValue.Dictionary;
import org.rduzoo.checkpoint.pytorch.PickleValue.Items;
import org.rduzoo.checkpoint.pytorch.PickleValue.Storage;
import org.rduzoo.checkpoint.pytorch.PickleValue.Text;
import org.rduzoo.checkpoint.pytorch.PickleValue.Whole;
import org.rduzoo.samba.UserError;

/// A file of the format that PyTorch wrote before version 1.6, which is no zip: five pickles (a number that tells it,
/// its
/// version, facts about the machine, what was saved, the keys of storages), then each storage as its number of elements
/// and these.
final class LegacyFile {

    /// Begins the first pickle, which holds nothing but a number that no other file begins with.
    private static final byte[] START = {(byte) 0x80, 2, (byte) 0x8a, 10, 0x6c, (byte) 0xfc, (byte) 0x9c, 0x46};

    private static final int VERSION = 1001;
    private static final ValueLayout.OfLong I64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final String source;
    private final MemorySegment file;
    private long position;

    private LegacyFile(String source, MemorySegment file) {
        this.source = source;
        this.file = file;
    }

    /// Whether a file begins as one of this format.
    static boolean isOne(MemorySegment start) {
        return start.byteSize() >= START.length
                && start.asSlice(0, START.length).mismatch(MemorySegment.ofArray(START)) < 0;
    }

    /// What the file holds.
    ///
    /// @throws UserError if it is damaged, or asks for anything but plain data and tensors
    static TorchContents read(String source, MemorySegment file) {
        return new LegacyFile(source, file).read();
    }

    private TorchContents read() {
        pickle("the number that tells the format");
        if (!(pickle("the version").value() instanceof Whole(long version)) || version != VERSION) {
            throw broken("a version other than " + VERSION);
        }
        boolean swapped = pickle("facts about the machine").value() instanceof Dictionary machine
                && machine.byText().get("little_endian") == Constant.FALSE;
        Unpickler.Result saved = pickle("what was saved");
        if (!(pickle("the keys of storages").value() instanceof Items keys)) {
            throw broken("no list of storages");
        }
        Map<String, MemorySegment> storages = new HashMap<>();
        for (PickleValue key : keys.elements()) {
            if (!(key instanceof Text(String name)) || storages.containsKey(name)) {
                throw broken("a list of storages without a name for each");
            }
            Storage storage = saved.storages().get(name);
            if (storage == null) {
                throw broken("storage " + Named.shortened(name) + ", which no tensor lies in");
            }
            storages.put(name, content(storage));
        }
        return new TorchContents(saved.value(), storages, swapped);
    }

    private Unpickler.Result pickle(String what) {
        Unpickler.Result result = Unpickler.run(source + " (" + what + ")", file.asSlice(position));
        position += result.bytes();
        return result;
    }

    private MemorySegment content(Storage storage) {
        long left = file.byteSize() - position - Long.BYTES;
        if (left < 0 || storage.bytes() > left) {
            throw broken("the end of the file where storage " + Named.shortened(storage.key()) + " of "
                    + storage.bytes() + " bytes should be (cut short?)");
        }
        long count = file.get(I64, position);
        int width = storage.dtype().map(d -> d.bytes()).orElse(1);
        if (count != storage.bytes() / width) {
            throw broken("storage " + Named.shortened(storage.key()) + " of " + count + " elements where "
                    + storage.bytes() / width + " were said");
        }
        MemorySegment content = file.asSlice(position + Long.BYTES, storage.bytes());
        position += Long.BYTES + storage.bytes();
        return content;
    }

    private UserError broken(String found) {
        return new UserError(source + ", byte " + position + ": found " + found
                + ".\nThe file is damaged: get it again, or save it again with PyTorch: torch.save(torch.load(PATH,"
                + " weights_only=True), NEW_PATH).");
    }
}
