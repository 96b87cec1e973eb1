package org.rduzoo.runners;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.rduzoo.checkpoint.Checkpoint;
import org.rduzoo.runners.chat.ChatTemplate;
import org.rduzoo.runners.chat.Messages;
import org.rduzoo.samba.UserError;

/// Chats, written as a checkpoint's own template wants them, up to where the answer begins.
final class Chats {

    private final Checkpoint checkpoint;

    Chats(Checkpoint checkpoint) {
        this.checkpoint = checkpoint;
    }

    /// One message of a user.
    String user(String message) {
        return render(List.of(Messages.user(message)));
    }

    /// The messages of a file.
    String messages(Path file) {
        return render(Messages.read(file));
    }

    /// @throws UserError when the checkpoint has no template, or it refuses these messages
    private String render(List<Map<String, Object>> messages) {
        return ChatTemplate.ofCheckpoint(checkpoint)
                .orElseThrow(() -> new UserError(
                        ("%s has no chat template, in tokenizer_config.json or chat_template.jinja: it may not be made"
                                        + " for chats. Give --prompt without --chat.")
                                .formatted(checkpoint.weights().source())))
                .render(messages, Map.of("add_generation_prompt", true));
    }
}
