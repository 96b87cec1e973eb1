package org.rduzoo.mistral;

import java.util.List;
import java.util.Optional;
import org.rduzoo.samba.CausalLm;
import org.rduzoo.samba.Config;
import org.rduzoo.samba.DecoderModel;
import org.rduzoo.samba.Params;
import org.rduzoo.samba.UserError;

/// Mistral as the runner finds it.
public final class MistralModel implements DecoderModel {

    private static final String ARCHITECTURE = "MistralForCausalLM";

    @Override
    public String name() {
        return "mistral";
    }

    @Override
    public String summary() {
        return "text decoder: Mistral 7B, with or without a sliding window; completion and chat";
    }

    @Override
    public Optional<DefaultCheckpoint> defaultCheckpoint() {
        return Optional.empty();
    }

    @Override
    public CausalLm build(Config config, Params params) {
        List<String> architectures = config.texts("architectures");
        if (!architectures.isEmpty() && !architectures.contains(ARCHITECTURE)) {
            throw new UserError("config.json: architectures names %s, which is not supported; only %s is."
                    .formatted(String.join(", ", architectures), ARCHITECTURE));
        }
        return Mistral.of(MistralConfig.of(config), params);
    }

    @Override
    public int maxSequenceLength(Config config) {
        return MistralConfig.of(config).maxPositionEmbeddings();
    }
}
