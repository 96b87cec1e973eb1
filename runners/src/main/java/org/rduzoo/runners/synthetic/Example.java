package org.rduzoo.runners.synthetic;

import org.rduzoo.checkpoint.file.Json;

/// A text to continue, and what follows it.
public record Example(String prompt, String completion) {

    /// As a line of JSON.
    String line() {
        return Json.object().put("prompt", prompt).put("completion", completion).toString();
    }

    /// All of it.
    String text() {
        return prompt + " " + completion;
    }
}
