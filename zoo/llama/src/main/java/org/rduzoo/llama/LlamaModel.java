package org.rduzoo.llama;

import java.util.List;
import java.util.Optional;
import org.rduzoo.samba.CausalLm;
import org.rduzoo.samba.Config;
import org.rduzoo.samba.DecoderModel;
import org.rduzoo.samba.Params;
import org.rduzoo.samba.UserError;

/// Llama as the runner finds it.
public final class LlamaModel implements DecoderModel {

    private static final String ARCHITECTURE = "LlamaForCausalLM";

    @Override
    public String name() {
        return "llama";
    }

    @Override
    public String summary() {
        return "text decoder: Llama 2 and 3, and what is built like them; completion and chat";
    }

    @Override
    public Optional<DefaultCheckpoint> defaultCheckpoint() {
        return Optional.of(new EmbeddedCheckpoint(
                "lists",
                List.of(
                        "config.json",
                        "generation_config.json",
                        "model.safetensors",
                        "tokenizer.json",
                        "tokenizer_config.json")));
    }

    @Override
    public CausalLm build(Config config, Params params) {
        List<String> architectures = config.texts("architectures");
        if (!architectures.isEmpty() && !architectures.contains(ARCHITECTURE)) {
            throw new UserError("config.json: architectures names %s, which is not supported; only %s is."
                    .formatted(String.join(", ", architectures), ARCHITECTURE));
        }
        return Llama.of(LlamaConfig.of(config), params);
    }

    @Override
    public int maxSequenceLength(Config config) {
        return LlamaConfig.of(config).maxPositionEmbeddings();
    }
}
