package org.rduzoo.checkpoint.file;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.rduzoo.samba.UserError;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.util.DefaultIndenter;
import tools.jackson.core.util.DefaultPrettyPrinter;
import tools.jackson.core.util.Separators;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectWriter;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// The JSON files of a checkpoint, read and written alike everywhere: keys keep their order, numbers their value.
public final class Json {

    private static final int MAX_BYTES = 256 << 20;

    private Json() {}

    /// The mapper, which takes a while to load: most commands get on without.
    private static final class Library {

        static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                        .streamReadConstraints(StreamReadConstraints.builder()
                                .maxNestingDepth(200)
                                .maxStringLength(MAX_BYTES)
                                .maxNameLength(MAX_BYTES)
                                .maxNumberLength(400)
                                .build())
                        .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                        .build())
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                .build();

        static final ObjectWriter PRETTY = MAPPER.writer()
                .with(new DefaultPrettyPrinter(Separators.createDefaultInstance()
                                .withObjectNameValueSpacing(Separators.Spacing.AFTER)
                                .withObjectEmptySeparator("")
                                .withArrayEmptySeparator(""))
                        .withObjectIndenter(new DefaultIndenter("  ", "\n"))
                        .withArrayIndenter(new DefaultIndenter("  ", "\n")));

        private Library() {}
    }

    /// An object with no keys.
    public static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    /// The object in `file`.
    ///
    /// @throws UserError when it cannot be read, or holds anything but one JSON object
    public static ObjectNode read(Path file) {
        return read(file.toString(), bytes(file));
    }

    /// The bytes of a JSON file.
    static byte[] bytes(Path file) {
        try {
            long size = Files.size(file);
            if (size > MAX_BYTES) {
                throw new UserError(
                        file + " has " + size + " bytes; a JSON file of a checkpoint has at most " + MAX_BYTES + ".");
            }
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UserError(file + " cannot be read: " + UserError.reason(e), e);
        }
    }

    /// The object in `text`, which is UTF-8.
    ///
    /// @param source where it comes from, for messages
    public static ObjectNode read(String source, byte[] text) {
        try {
            JsonNode tree = Library.MAPPER.readTree(text);
            if (tree instanceof ObjectNode object) {
                return object;
            }
            throw new UserError(source + " holds no JSON object, but "
                    + tree.getNodeType().name().toLowerCase(Locale.ROOT) + ". Is it the right file?");
        } catch (JacksonException e) {
            var place = e.getLocation();
            throw new UserError(
                    source + " is not valid JSON"
                            + (place == null
                                    ? ""
                                    : " (line " + place.getLineNr() + ", column " + place.getColumnNr() + ")")
                            + ": " + Named.shortened(e.getOriginalMessage()) + ". Mend it, or get it again.",
                    e);
        }
    }

    /// `node` on several lines, as UTF-8.
    public static byte[] pretty(JsonNode node) {
        return (Library.PRETTY.writeValueAsString(node) + "\n").getBytes(StandardCharsets.UTF_8);
    }
}
