package org.rduzoo.gpt2;

import org.rduzoo.testkit.DecoderContract;

/// GPT-2 against the answers of a tiny checkpoint.
final class Gpt2Test extends DecoderContract {

    Gpt2Test() {
        super(new Gpt2Model(), "gpt2");
    }
}
