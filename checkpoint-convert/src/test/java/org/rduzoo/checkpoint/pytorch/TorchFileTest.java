package org.rduzoo.checkpoint.pytorch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.rduzoo.checkpoint.Checkpoint;
import org.rduzoo.checkpoint.CheckpointDiff;
import org.rduzoo.checkpoint.CheckpointInfo;
import org.rduzoo.checkpoint.safetensors.SafetensorsFile;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Type;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.Weights;
import org.rduzoo.samba.Weights.Weight;

class TorchFileTest {

    private static final Path FILES = Path.of("src/test/resources/pth");

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"state-dict", "plain-dict", "nested-checkpoint", "pickle-protocol-4", "legacy-not-zip"})
    void tensorsAreThoseThatWereSavedBitForBit(String name) {
        try (TorchFile file = TorchFile.open(FILES.resolve("good").resolve(name + ".pth"));
                SafetensorsFile expected = SafetensorsFile.open(FILES.resolve("good/expected.safetensors"))) {
            assertSame(file, expected);
        }
    }

    @Test
    void aModelEqualsItsSafetensors() {
        try (TorchFile file = TorchFile.open(FILES.resolve("unet2d/model.pth"));
                SafetensorsFile expected = SafetensorsFile.open(FILES.resolve("unet2d/model.safetensors"))) {
            assertSame(file, expected);
        }
    }

    private static void assertSame(Weights actual, Weights expected) {
        assertThat(actual.names()).containsExactlyInAnyOrderElementsOf(expected.names());
        for (String name : expected.names()) {
            Weight a = actual.find(name).orElseThrow();
            Weight b = expected.find(name).orElseThrow();
            assertThat(a.type()).as(name).isEqualTo(b.type());
            assertThat(a.segment().mismatch(b.segment())).as(name).isEqualTo(-1);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            bomb-of-memo | instruction LIST
            builtins-bytearray-4GB | asks for __builtin__.bytearray
            eval | asks for __builtin__.eval
            exec | asks for __builtin__.exec
            getattr | asks for __builtin__.getattr
            import | asks for __builtin__.__import__
            open | asks for io.open
            os-system | asks for posix.system
            whole-module | asks for torch.nn.modules.linear.Linear
            nested-50000-deep | more than 200 containers within each other
            no-pickle | a zip with no data.pkl
            not-a-checkpoint | it does not begin as a zip does
            pickle-cut-short | cut short?
            storage-cut-short | data/0 has 92 bytes, but tensor "w" lies in a storage of 96
            storage-missing | lacks data/0, which tensor "w" lies in
            zip-cut-short | the list of files that a zip ends with is missing
            """)
    void whatIsDamagedOrAsksForMoreThanTensorsIsRefused(String name, String why) {
        assertThatThrownBy(() -> TorchFile.open(FILES.resolve("bad").resolve(name + ".pth")))
                .isInstanceOf(UserError.class)
                .hasMessageContaining(name + ".pth")
                .hasMessageContaining(why);
    }

    @Test
    void theFormatBeforeZipsIsToldByItsContent() {
        try (Checkpoint checkpoint = Checkpoint.open(FILES.resolve("good/legacy-not-zip.pth"))) {
            assertThat(checkpoint.format()).isEqualTo(Checkpoint.Format.PYTORCH);
        }
    }

    @Test
    void theFormatBeforeZipsIsRefusedWhereItIsCutShort() throws IOException {
        byte[] whole = Files.readAllBytes(FILES.resolve("good/legacy-not-zip.pth"));
        assertThatThrownBy(() -> open(Arrays.copyOf(whole, whole.length - 3)))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("cut short?");
    }

    @Test
    void infoSaysWhichDictionaryWasTaken() {
        CheckpointInfo nested = CheckpointInfo.of(FILES.resolve("good/nested-checkpoint.pth"));
        assertThat(nested.format()).isEqualTo("PyTorch");
        assertThat(nested.metadata())
                .containsEntry("state_dict", "under state_dict")
                .containsEntry("left_out", "epoch, lr, args, big");
        assertThat(CheckpointInfo.of(FILES.resolve("good/plain-dict.pth")).metadata())
                .containsOnlyKeys("state_dict")
                .containsEntry("state_dict", "the whole file");
    }

    @Test
    void aFolderOfPickledShardsIsRead() throws IOException {
        byte[] index = """
                {"weight_map": {"a": "pytorch_model-00001-of-00002.bin", "b": "pytorch_model-00002-of-00002.bin"}}
                """.getBytes(StandardCharsets.UTF_8);
        Files.write(folder.resolve("pytorch_model.bin.index.json"), index);
        Files.writeString(folder.resolve("config.json"), "{}");
        Files.write(folder.resolve("pytorch_model-00001-of-00002.bin"), saved(vector("a")));
        Files.write(folder.resolve("pytorch_model-00002-of-00002.bin"), saved(vector("b")));
        try (Checkpoint checkpoint = Checkpoint.open(folder)) {
            assertThat(checkpoint.weights().names()).containsExactly("a", "b");
            assertThat(floats(checkpoint.weights(), "b")).containsExactly(1, 2, 3, 4);
        }
        Files.write(folder.resolve("pytorch_model.bin"), saved(vector("c")));
        try (Checkpoint checkpoint = Checkpoint.open(folder)) {
            assertThat(checkpoint.weights().names()).containsExactly("c");
        }
        assertThat(CheckpointDiff.of(folder, folder.resolve("pytorch_model.bin"))
                        .isEmpty())
                .isTrue();
    }

    @Test
    void sharedStoragesAndStridesGiveEachTensorItsElements() throws IOException {
        PickleBuilder pickle = new PickleBuilder().op(Opcode.EMPTY_DICT, Opcode.MARK);
        pickle.text("row").tensor("FloatStorage", "0", 4, 1, new long[] {2}, new long[] {2});
        pickle.text("turned").tensor("FloatStorage", "0", 4, 0, new long[] {2, 2}, new long[] {1, 2});
        pickle.text("repeated").tensor("FloatStorage", "0", 4, 3, new long[] {4}, new long[] {0});
        pickle.text("one").tensor("FloatStorage", "0", 4, 2, new long[] {}, new long[] {});
        try (TorchFile file = open(saved(pickle.op(Opcode.SETITEMS).stop()))) {
            assertThat(floats(file, "row")).containsExactly(2, 4);
            assertThat(floats(file, "turned")).containsExactly(1, 3, 2, 4);
            assertThat(floats(file, "repeated")).containsExactly(4, 4, 4, 4);
            assertThat(floats(file, "one")).containsExactly(3);
            assertThat(file.find("one").orElseThrow().type()).isEqualTo(Type.of(DType.F32));
        }
    }

    @Test
    void tensorsWithoutTypedStorageAndWithAttributesAreRead() throws IOException {
        PickleBuilder pickle = new PickleBuilder().op(Opcode.EMPTY_DICT, Opcode.MARK);
        pickle.text("u16")
                .global("torch._utils", "_rebuild_tensor_v3")
                .op(Opcode.MARK)
                .storage("torch.storage", "UntypedStorage", "0", 16)
                .whole(1)
                .tuple(3)
                .tuple(1)
                .op(Opcode.NEWFALSE)
                .global("collections", "OrderedDict")
                .op(Opcode.EMPTY_TUPLE, Opcode.REDUCE)
                .global("torch", "uint16")
                .op(Opcode.TUPLE, Opcode.REDUCE);
        pickle.text("tagged")
                .global("torch._tensor", "_rebuild_from_type_v2")
                .op(Opcode.MARK)
                .global("torch._utils", "_rebuild_tensor_v2")
                .global("torch", "Tensor")
                .op(Opcode.MARK)
                .storage("torch", "HalfStorage", "0", 8)
                .whole(0)
                .tuple(8)
                .tuple(1)
                .op(Opcode.NEWFALSE, Opcode.EMPTY_DICT, Opcode.TUPLE, Opcode.EMPTY_DICT, Opcode.TUPLE, Opcode.REDUCE);
        try (TorchFile file = open(saved(pickle.op(Opcode.SETITEMS).stop()))) {
            Weight u16 = file.find("u16").orElseThrow();
            assertThat(u16.type()).isEqualTo(Type.of(DType.U16, 3));
            assertThat(u16.segment().toArray(ValueLayout.JAVA_SHORT_UNALIGNED)).containsExactly(0x3f80, 0, 0x4000);
            assertThat(file.find("tagged").orElseThrow().type()).isEqualTo(Type.of(DType.F16, 8));
        }
    }

    @Test
    void bytesOfTheOtherOrderAreTurnedRound() throws IOException {
        ByteBuffer big = ByteBuffer.allocate(16);
        big.putFloat(1).putFloat(2).putFloat(3).putFloat(4);
        byte[] zip = new ZipBuilder(false)
                .file("m/data.pkl", vector("a"))
                .file("m/byteorder", "big".getBytes(StandardCharsets.UTF_8))
                .file("m/data/0", big.array())
                .bytes();
        try (TorchFile file = open(zip)) {
            assertThat(floats(file, "a")).containsExactly(1, 2, 3, 4);
        }
    }

    @Test
    void largeZipsAreRead() throws IOException {
        byte[] zip = new ZipBuilder(true)
                .file("m/data.pkl", vector("a"))
                .file("m/data/0", data())
                .bytes();
        try (TorchFile file = open(zip)) {
            assertThat(floats(file, "a")).containsExactly(1, 2, 3, 4);
        }
    }

    @Test
    void storagesBeyondTwoGibibytesAreMapped() throws IOException {
        int count = 600_000_000;
        long bytes = 4L * count;
        byte[] pickle = new PickleBuilder()
                .op(Opcode.EMPTY_DICT, Opcode.MARK)
                .text("last")
                .tensor("FloatStorage", "0", count, count - 2, new long[] {2}, new long[] {1})
                .op(Opcode.SETITEMS)
                .stop();
        // A file with a hole: the storage has a head, and its last element, and nothing between.
        byte[] head = new ZipBuilder(false)
                .file("m/data.pkl", pickle)
                .file("m/data/0", new byte[0])
                .bytes();
        Path path = folder.resolve("large.pth");
        int directory = endOfFiles(head);
        try (FileChannel channel = FileChannel.open(
                path, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.SPARSE)) {
            channel.write(ByteBuffer.wrap(head, 0, directory), 0);
            channel.write(ByteBuffer.wrap(new byte[] {0, 0, (byte) 0x80, 0x3f}), directory + bytes - 4);
            ByteBuffer rest = ByteBuffer.wrap(Arrays.copyOfRange(head, directory, head.length))
                    .order(ByteOrder.LITTLE_ENDIAN);
            int entry = rest.getShort(28) + 46;
            rest.putInt(entry + 20, (int) bytes).putInt(entry + 24, (int) bytes);
            rest.putInt(rest.capacity() - 6, (int) (directory + bytes));
            channel.write(rest, directory + bytes);
        }
        try (TorchFile file = TorchFile.open(path)) {
            assertThat(floats(file, "last")).containsExactly(0, 1);
        }
    }

    private static int endOfFiles(byte[] zip) {
        return ByteBuffer.wrap(zip).order(ByteOrder.LITTLE_ENDIAN).getInt(zip.length - 6);
    }

    @Test
    void compressedZipsAreRefusedWithTheWayOut() throws IOException {
        byte[] zip = saved(vector("a"));
        int directory = endOfFiles(zip);
        zip[directory + 10] = 8;
        assertThatThrownBy(() -> open(zip))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("m/data.pkl in it is compressed (method 8)")
                .hasMessageContaining("zip -0");
    }

    @ParameterizedTest
    @CsvSource({
        "3, 2, 1, reaches element 4 of a storage of 4",
        "0, 5, 0, 5 elements over a storage of 4 (an expanded one?)",
        "-1, 2, 1, negative",
        "0, -2, 1, negative",
        "0, 2, -1, negative",
        "0, 2147483647, 2147483647, reaches element",
    })
    void tensorsBeyondTheirStorageAreRefused(int offset, int size, int stride, String why) {
        byte[] pickle = new PickleBuilder()
                .op(Opcode.EMPTY_DICT, Opcode.MARK)
                .text("a")
                .tensor("FloatStorage", "0", 4, offset, new long[] {size}, new long[] {stride})
                .op(Opcode.SETITEMS)
                .stop();
        assertThatThrownBy(() -> open(saved(pickle)))
                .isInstanceOf(UserError.class)
                .hasMessageContaining(why);
    }

    @ParameterizedTest
    @CsvSource({"ComplexFloatStorage, torch.ComplexFloatStorage", "QUInt8Storage, torch.QUInt8Storage"})
    void storagesOfOtherTypesAreRefusedByName(String type, String name) {
        byte[] pickle = new PickleBuilder()
                .op(Opcode.EMPTY_DICT, Opcode.MARK)
                .text("a")
                .tensor(type, "0", 4, 0, new long[] {1}, new long[] {1})
                .op(Opcode.SETITEMS)
                .stop();
        assertThatThrownBy(() -> open(saved(pickle)))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("asks for " + name);
    }

    @Test
    void thePathToTheTensorsIsTheUsualOneOrTheOnlyOne() throws IOException {
        assertThat(pathTo(nested("epoch", "model"))).isEqualTo("under model");
        assertThat(pathTo(nested("optimizer", "state_dict"))).isEqualTo("under state_dict");
        assertThat(pathTo(nested("generator"))).isEqualTo("under generator");
        assertThatThrownBy(() -> pathTo(nested("generator", "critic")))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("of which several hold tensors: generator, critic");
        assertThatThrownBy(
                        () -> pathTo(new PickleBuilder().op(Opcode.EMPTY_DICT).stop()))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("a dictionary with nothing in it, but no tensors");
        assertThatThrownBy(() -> pathTo(new PickleBuilder()
                        .tensor("FloatStorage", "0", 4, 0, new long[] {4}, new long[] {1})
                        .stop()))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("holds a tensor, but a dictionary from names to tensors was expected");
    }

    private static byte[] nested(String... keys) {
        PickleBuilder pickle = new PickleBuilder().op(Opcode.EMPTY_DICT, Opcode.MARK);
        for (String key : keys) {
            pickle.text(key);
            pickle.op(Opcode.EMPTY_DICT, Opcode.MARK)
                    .text("a")
                    .tensor("FloatStorage", "0", 4, 0, new long[] {4}, new long[] {1})
                    .op(Opcode.SETITEMS);
        }
        return pickle.op(Opcode.SETITEMS).stop();
    }

    private String pathTo(byte[] pickle) throws IOException {
        try (TorchFile file = open(saved(pickle))) {
            return file.metadata().getOrDefault("state_dict", "");
        }
    }

    /// A dictionary with one tensor of the four floats 1 to 4.
    static byte[] vector(String name) {
        return new PickleBuilder()
                .op(Opcode.EMPTY_DICT, Opcode.MARK)
                .text(name)
                .tensor("FloatStorage", "0", 4, 0, new long[] {4}, new long[] {1})
                .op(Opcode.SETITEMS)
                .stop();
    }

    static byte[] saved(byte[] pickle) {
        return new ZipBuilder(false)
                .file("m/data.pkl", pickle)
                .file("m/data/0", data())
                .bytes();
    }

    private static byte[] data() {
        ByteBuffer data = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
        data.putFloat(1).putFloat(2).putFloat(3).putFloat(4);
        return data.array();
    }

    private TorchFile open(byte[] zip) throws IOException {
        return TorchFile.open(Files.write(folder.resolve("m.pth"), zip));
    }

    private static float[] floats(Weights weights, String name) {
        MemorySegment data = weights.find(name).orElseThrow().segment();
        return data.toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
    }
}
