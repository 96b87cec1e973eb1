package org.rduzoo.gpt2;

import java.util.List;
import java.util.Optional;
import org.rduzoo.samba.CausalLm;
import org.rduzoo.samba.Config;
import org.rduzoo.samba.DecoderModel;
import org.rduzoo.samba.Params;
import org.rduzoo.samba.UserError;

/// GPT-2 as the runner finds it.
public final class Gpt2Model implements DecoderModel {

    /// A checkpoint of the body alone is read as the model with its head, which is the body's own table.
    private static final List<String> ARCHITECTURES = List.of("GPT2LMHeadModel", "GPT2Model");

    @Override
    public String name() {
        return "gpt2";
    }

    @Override
    public String summary() {
        return "text decoder: GPT-2, and GPT-3's shapes; completion";
    }

    @Override
    public Optional<DefaultCheckpoint> defaultCheckpoint() {
        return Optional.empty();
    }

    @Override
    public CausalLm build(Config config, Params params) {
        List<String> architectures = config.texts("architectures");
        if (!architectures.isEmpty() && architectures.stream().noneMatch(ARCHITECTURES::contains)) {
            throw new UserError("config.json: architectures names %s, which is not supported; only %s is."
                    .formatted(String.join(", ", architectures), ARCHITECTURES.getFirst()));
        }
        return Gpt2.of(Gpt2Config.of(config), params);
    }

    @Override
    public int maxSequenceLength(Config config) {
        return Gpt2Config.of(config).nPositions();
    }
}
