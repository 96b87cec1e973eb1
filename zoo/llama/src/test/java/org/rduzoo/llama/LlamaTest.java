package org.rduzoo.llama;

import org.rduzoo.testkit.DecoderContract;

/// Llama against the answers of three tiny checkpoints: plain, with Llama 3's scaling and a tied head, and with linear
/// scaling.
final class LlamaTest extends DecoderContract {

    LlamaTest() {
        super(new LlamaModel(), "llama", "llama3-scaled", "llama-linear");
    }
}
