package org.rduzoo.checkpoint.hub;

import java.net.URI;
import java.net.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Pattern;
import org.rduzoo.samba.UserError;

/// What the Hub says about a file before it is downloaded.
///
/// @param name in the repository
/// @param address where the Hub has it
/// @param etag its content's mark: SHA-256 of a large file, git's SHA-1 of a small one
/// @param validator the mark as the Hub's own server wrote it, if it stands for the very bytes
/// @param size in bytes, where the Hub says
record RemoteFile(String name, URI address, String etag, Optional<String> validator, OptionalLong size) {

    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");
    private static final Pattern SHA1 = Pattern.compile("[0-9a-f]{40}");
    private static final Pattern FILE_NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,199}");

    /// Reads the headers of the Hub's answer.
    ///
    /// @param whole whether the answer is about the file itself, and not about where it is
    static RemoteFile of(String name, URI address, HttpHeaders headers, boolean whole) {
        Optional<String> own = headers.firstValue("ETag");
        String raw = headers.firstValue("X-Linked-Etag")
                .or(() -> own)
                .orElseThrow(() -> new UserError(address + " answers without an ETag, as the Hub does not."
                        + " Is HF_ENDPOINT right, or does a proxy in between strip headers?"));
        OptionalLong linked = HubHttp.number(headers, "X-Linked-Size");
        OptionalLong size = linked.isPresent() || !whole ? linked : HubHttp.number(headers, "Content-Length");
        return new RemoteFile(name, address, bare(raw), own.filter(e -> whole && !e.startsWith("W/")), size);
    }

    /// A mark without quotes and without the sign of a weak one.
    static String bare(String etag) {
        String mark = etag.startsWith("W/") ? etag.substring(2) : etag;
        return mark.replace("\"", "");
    }

    /// The name of its content in the cache: the mark, or where that is no name for a file, its hash.
    String blobName() {
        if (FILE_NAME.matcher(etag).matches() && !etag.endsWith(".incomplete")) {
            return etag;
        }
        return "etag-" + HexFormat.of().formatHex(digest("SHA-256").digest(etag.getBytes(StandardCharsets.UTF_8)));
    }

    /// Whether the mark is a hash, by which the bytes can be checked.
    boolean isChecked() {
        return isSha256() || isSha1();
    }

    boolean isSha256() {
        return SHA256.matcher(etag).matches();
    }

    private boolean isSha1() {
        return SHA1.matcher(etag).matches();
    }

    /// The hash to compare with the mark, with all that comes before the bytes.
    MessageDigest startHash(long length) {
        if (isSha256()) {
            return digest("SHA-256");
        }
        MessageDigest git = digest("SHA-1");
        git.update(("blob " + length + "\0").getBytes(StandardCharsets.US_ASCII));
        return git;
    }

    private static MessageDigest digest(String algorithm) {
        try {
            return MessageDigest.getInstance(algorithm);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(algorithm + " is part of every Java runtime", e);
        }
    }
}
