package org.rduzoo.checkpoint.hub;

import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import org.rduzoo.checkpoint.file.Named;
import org.rduzoo.samba.UserError;

/// What an answer that is no success means, and what to do about it.
final class HubErrors {

    private static final String TOKEN = "Make a token in your settings there and set HF_TOKEN to it.";

    private HubErrors() {}

    /// The error for an answer about `what`, a repository or a file in it.
    static UserError of(HttpResponse<InputStream> answer, String what) {
        String code = answer.headers().firstValue("X-Error-Code").orElse("");
        String server = answer.uri().getHost();
        String message = answer.headers()
                .firstValue("X-Error-Message")
                .map(m -> " (" + Named.shortened(m) + ")")
                .orElse("");
        return new UserError(
                switch (answer.statusCode()) {
                    case 401 ->
                        server + " does not show " + what + " to strangers" + message
                                + ": there is none of this name, or it is private, or its terms must be accepted.\n"
                                + "Is the name right? If so: " + TOKEN;
                    case 403 ->
                        code.equals("GatedRepo")
                                ? what + " is gated" + message + ".\nAccept its terms on its page at " + server
                                        + ", logged in. " + TOKEN
                                : server + " refuses " + what + " to you" + message
                                        + ".\nIts terms may have to be accepted on its page, or the token may be for other"
                                        + " repositories. " + TOKEN;
                    case 404 ->
                        switch (code) {
                            case "RevisionNotFound" ->
                                what + " has no such branch, tag or commit" + message + ". Is the revision right?";
                            case "EntryNotFound" -> server + " has no file " + what + message + ".";
                            default ->
                                server + " has no " + what + message
                                        + ".\nIs the name right? One that is private is shown only with HF_TOKEN set.";
                        };
                    default ->
                        server + " answers " + answer.statusCode() + " for " + what + message
                                + ".\nIs HF_ENDPOINT right, or is there a proxy in between?";
                });
    }

    /// The error for a file of the cache that cannot be written.
    static UserError notWritten(Path file, IOException cause) {
        String free;
        try {
            free = Files.getFileStore(file.getParent()).getUsableSpace() / 1_000_000 + " MB are free";
        } catch (IOException e) {
            free = "its folder cannot be read";
        }
        return new UserError(
                file + " cannot be written: " + cause.getMessage() + "; " + free
                        + ".\nFree some space, or set HF_HUB_CACHE to a folder on another disk. What has come is kept.",
                cause);
    }
}
