package org.rduzoo.runners;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.rduzoo.checkpoint.file.Json;
import org.rduzoo.samba.UserError;
import tools.jackson.databind.node.ObjectNode;

/// Prompts with what should follow them: JSON lines `{"prompt": …, "completion": …}`.
record PromptedTexts(List<String> prompts, List<String> completions) {

    /// @throws UserError when the file cannot be read, holds nothing, or a line is not as it should be
    static PromptedTexts read(Path file) {
        List<String> lines;
        try {
            lines = Files.readAllLines(file, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UserError("%s cannot be read: %s".formatted(file, UserError.reason(e)), e);
        }
        List<String> prompts = new ArrayList<>();
        List<String> completions = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).isBlank()) {
                continue;
            }
            String place = "%s, line %d".formatted(file, i + 1);
            ObjectNode object = Json.read(place, lines.get(i).getBytes(StandardCharsets.UTF_8));
            if (!object.path("prompt").isString() || !object.path("completion").isString()) {
                throw new UserError("%s: expected {\"prompt\": \"…\", \"completion\": \"…\"}, but found the keys %s."
                        .formatted(place, String.join(", ", object.propertyNames())));
            }
            prompts.add(object.path("prompt").stringValue());
            completions.add(object.path("completion").stringValue());
        }
        if (prompts.isEmpty()) {
            throw new UserError("%s holds no prompts.".formatted(file));
        }
        return new PromptedTexts(prompts, completions);
    }
}
