package org.rduzoo.mistral;

import org.rduzoo.testkit.DecoderContract;

/// Mistral against the answers of a tiny checkpoint whose window is shorter than its texts.
final class MistralTest extends DecoderContract {

    MistralTest() {
        super(new MistralModel(), "mistral");
    }
}
