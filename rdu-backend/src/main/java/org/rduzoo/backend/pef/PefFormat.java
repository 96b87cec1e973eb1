package org.rduzoo.backend.pef;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.rduzoo.backend.json.JsonObject;
import org.rduzoo.backend.json.JsonSyntaxException;
import org.rduzoo.backend.section.SectionPlan;
import org.rduzoo.backend.section.SectionText;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.GraphSyntaxException;
import org.rduzoo.ir.GraphText;
import org.rduzoo.ir.InvalidGraph;
import org.rduzoo.ir.Verifier;
import org.rduzoo.samba.UserError;

/// The layout of a PEF. Numbers are little-endian, texts UTF-8.
///
/// | bytes | header |
/// | --- | --- |
/// | 8 | the magic number, `RDU PEF` and a line feed |
/// | 4 | [#VERSION] of all that follows |
/// | 4 | CRC-32C of the content |
/// | 8 | length of the content |
/// | 32 | SHA-256 of the content |
///
/// The content is chunks, each a tag of 4 letters, a length of 8 bytes, and that many bytes: `MANI` the manifest
/// ([Manifest]), `CONF` the model's `config.json`, then for each graph `GRPH` ([GraphText]) and `PLAN` ([SectionText]),
/// at the end `TABL`, tables of graphs and parameters in JSON.
///
/// Much of the content follows from the rest of it (the tables, what sections need). It is there for
/// readers of other kinds; ours derives it again and refuses a file that says otherwise, so whatever is read writes the
/// same bytes.
final class PefFormat {

    /// To be raised when the layout changes, and when what is derived comes out differently.
    static final int VERSION = 6;

    static final int HEADER_BYTES = 56;

    private static final byte[] MAGIC = "RDU PEF\n".getBytes(StandardCharsets.US_ASCII);
    private static final String ALTERED = "was altered or damaged: its content does not match its checksum";
    private static final int CRC_AT = 12;
    private static final int CHUNK_HEADER_BYTES = 12;

    /// From here on, reading graphs side by side pays.
    private static final int PARALLEL_BYTES = 1 << 18;

    private PefFormat() {}

    static boolean startsLikeAPef(byte[] start) {
        return start.length >= MAGIC.length && Arrays.equals(start, 0, MAGIC.length, MAGIC, 0, MAGIC.length);
    }

    static byte[] content(Pef pef) {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        chunk("MANI", Manifest.print(pef), content);
        chunk("CONF", pef.compilation().config(), content);
        for (Pef.Entry e : pef.entries()) {
            chunk("GRPH", GraphText.print(e.graph()), content);
            chunk("PLAN", SectionText.print(e.plan()), content);
        }
        chunk("TABL", Manifest.tables(pef), content);
        return content.toByteArray();
    }

    private static void chunk(String tag, String text, ByteArrayOutputStream content) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        ByteBuffer header = ByteBuffer.allocate(CHUNK_HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        header.put(tag.getBytes(StandardCharsets.US_ASCII)).putLong(bytes.length);
        content.writeBytes(header.array());
        content.writeBytes(bytes);
    }

    /// The file with this content.
    static byte[] seal(byte[] content) {
        return ByteBuffer.allocate(HEADER_BYTES + content.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(MAGIC)
                .putInt(VERSION)
                .putInt(crc(content))
                .putLong(content.length)
                .put(sha256(content))
                .put(content)
                .array();
    }

    static byte[] sha256(byte[] content) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(content);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    /// Checks the first bytes of a file of `fileBytes` bytes, before more of it is read.
    ///
    /// @throws Refused when they do not announce a PEF of this version and that length
    static void checkHeader(byte[] header, long fileBytes) {
        if (!startsLikeAPef(header)) {
            throw new Refused("is not a PEF: it does not begin as one does");
        }
        if (header.length < HEADER_BYTES) {
            throw new Refused(
                    "is cut short: it has " + fileBytes + " bytes, and the header of a PEF alone has " + HEADER_BYTES);
        }
        ByteBuffer in = ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN).position(MAGIC.length);
        int version = in.getInt();
        if (version != VERSION) {
            throw new Refused("is a PEF of format " + Integer.toUnsignedString(version)
                    + ", and this version of the tools reads format " + VERSION);
        }
        in.position(CRC_AT + Integer.BYTES);
        long contentBytes = in.getLong();
        if (contentBytes < 0) {
            throw new Refused("was altered or damaged: its header tells of " + contentBytes + " bytes");
        }
        long found = fileBytes - HEADER_BYTES;
        if (found < contentBytes) {
            throw new Refused("is cut short: " + found + " bytes follow its header, which tells of " + contentBytes);
        }
        if (found > contentBytes) {
            throw new Refused("has " + (found - contentBytes) + " bytes after its end that do not belong to it");
        }
    }

    /// Reads the content of a file whose header is checked.
    ///
    /// @throws Refused when it is not what [#content] writes
    static Pef read(byte[] header, byte[] content) {
        checkCrc(header, content);
        byte[] checksum = Arrays.copyOfRange(header, HEADER_BYTES - 32, HEADER_BYTES);
        if (!MessageDigest.isEqual(checksum, sha256(content))) {
            throw new Refused(ALTERED);
        }
        Pef pef = refusing(() -> parse(content));
        if (!Arrays.equals(content, content(pef))) {
            throw new Refused("contradicts itself: its tables do not follow from its graphs");
        }
        return pef;
    }

    /// As [#read], but for a file that [#content] wrote: the quick checksum alone is looked at, and graphs only when
    /// they are asked for.
    ///
    /// @throws Refused when the content is not what was written
    static Pef readOwn(byte[] header, byte[] content) {
        checkCrc(header, content);
        return refusing(() -> {
            Parts parts = Parts.of(content);
            List<Pef.Entry> entries = new ArrayList<>();
            for (int i = 0; i < parts.texts.size(); i++) {
                entries.add(parts.texts.get(i).entryLater(parts.compilation, parts.graphs.get(i)));
            }
            return new Pef(parts.compilation, entries);
        });
    }

    private static void checkCrc(byte[] header, byte[] content) {
        int found = ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN).getInt(CRC_AT);
        if (found != crc(content)) {
            throw new Refused(ALTERED);
        }
    }

    private static int crc(byte[] content) {
        CRC32C crc = new CRC32C();
        crc.update(content);
        return (int) crc.getValue();
    }

    /// What is to be read, or why it cannot be.
    private static <T> T refusing(Supplier<T> reading) {
        try {
            return reading.get();
        } catch (JsonSyntaxException e) {
            throw new Refused("has a broken manifest: " + e.getMessage());
        } catch (GraphSyntaxException | InvalidGraph e) {
            throw new Refused("has a broken graph: " + e.getMessage());
        } catch (IllegalArgumentException | UserError e) {
            throw new Refused("contradicts itself: " + e.getMessage());
        }
    }

    private static Pef parse(byte[] content) {
        Parts parts = Parts.of(content);
        Stream<Texts> each = content.length < PARALLEL_BYTES ? parts.texts.stream() : parts.texts.parallelStream();
        return new Pef(
                parts.compilation, each.map(t -> t.entry(parts.compilation)).toList());
    }

    /// The chunks of a file.
    ///
    /// @param graphs what the manifest says of each
    private record Parts(Compilation compilation, List<JsonObject> graphs, List<Texts> texts) {

        static Parts of(byte[] content) {
            ByteBuffer in = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
            ByteBuffer manifest = chunk("MANI", in);
            byte[] json = new byte[manifest.remaining()];
            manifest.get(json);
            JsonObject tree = JsonObject.parse(json);
            Compilation compilation = Manifest.compilation(tree, text(chunk("CONF", in)));
            List<JsonObject> graphs = tree.objects("graphs");
            List<Texts> texts = new ArrayList<>();
            for (int i = 0; i < graphs.size(); i++) {
                texts.add(new Texts(chunk("GRPH", in), chunk("PLAN", in)));
            }
            chunk("TABL", in);
            if (in.hasRemaining()) {
                throw new Refused("contradicts itself: it holds more than its " + graphs.size() + " graphs");
            }
            return new Parts(compilation, graphs, texts);
        }
    }

    /// A graph and its plan as they stand in the file.
    private record Texts(ByteBuffer graph, ByteBuffer plan) {

        Pef.Entry entry(Compilation c) {
            Graph parsed = Verifier.check(GraphText.parse(text(graph)));
            return new Pef.Entry(parsed, plan(parsed, c));
        }

        /// @param said what the manifest says of the graph
        Pef.Entry entryLater(Compilation c, JsonObject said) {
            Later<Graph> later = new Later<>(() -> GraphText.parse(text(graph)));
            return new Pef.Entry(said.string("name"), later, () -> plan(later.get(), c), Manifest.trained(said));
        }

        private SectionPlan plan(Graph parsed, Compilation c) {
            List<List<Integer>> nodes = SectionText.parseNodes(
                            text(plan), parsed.nodes().size())
                    .orElseThrow(() -> new Refused("has a section plan that is none of graph " + parsed.name()));
            return SectionPlan.of(parsed, c.deployment(), c.level(), nodes);
        }
    }

    /// The bytes of the next chunk. Shares them with `in`, so a length costs nothing.
    private static ByteBuffer chunk(String tag, ByteBuffer in) {
        if (in.remaining() < CHUNK_HEADER_BYTES) {
            throw new Refused("contradicts itself: " + tag + " is missing");
        }
        byte[] found = new byte[4];
        in.get(found);
        long length = in.getLong();
        if (!Arrays.equals(found, tag.getBytes(StandardCharsets.US_ASCII)) || length < 0 || length > in.remaining()) {
            throw new Refused("contradicts itself: " + tag + " is missing, or longer than the file");
        }
        ByteBuffer chunk = in.slice(in.position(), (int) length);
        in.position(in.position() + (int) length);
        return chunk;
    }

    private static String text(ByteBuffer chunk) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(chunk.duplicate()).toString();
        } catch (CharacterCodingException e) {
            throw new Refused("has a text that is not UTF-8");
        }
    }

    /// Why bytes are no PEF: a sentence that goes on from the file's name.
    static final class Refused extends RuntimeException {

        private static final long serialVersionUID = 1;

        Refused(String reason) {
            super(reason);
        }
    }
}
