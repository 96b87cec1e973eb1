package org.rduzoo.runners.generate;

/// What a decoder wrote behind a prompt.
///
/// @param ids its tokens, the end token included
/// @param ended whether it came to an end by itself
public record Continuation(long[] ids, boolean ended) {

    /// As in Hugging Face's and OpenAI's interfaces.
    public String finishReason() {
        return ended ? "eos" : "length";
    }
}
