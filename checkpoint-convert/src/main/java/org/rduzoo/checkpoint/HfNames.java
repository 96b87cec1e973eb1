package org.rduzoo.checkpoint;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.rduzoo.checkpoint.tensor.TensorRules;
import org.rduzoo.checkpoint.tensor.TensorRules.Rule;
import org.rduzoo.checkpoint.tensor.WeightTable;
import org.rduzoo.samba.Weights;

/// The several names that Hugging Face's own checkpoints have had for one tensor, as tables that run both ways.
/// Whatever a
/// folder has, it is read under the names that today's models save.
final class HfNames {

    /// BERT's names, as a table that is made when it is needed.
    static final class Bert {

        /// The oldest BERTs call the parts of a norm by other names.
        static final TensorRules OF_2018 = TensorRules.of(List.of(
                Rule.renamed("**.LayerNorm.gamma", "**.LayerNorm.weight"),
                Rule.renamed("**.LayerNorm.beta", "**.LayerNorm.bias"),
                Rule.same("**")));

        private Bert() {}
    }

    /// GPT-2's.
    static final class Gpt2 {

        /// GPT-2 was first saved without its head, and without the prefix that the model with a head has. Its matrices
        /// lie `[in, out]` in either.
        static final TensorRules WITHOUT_HEAD = TensorRules.of(Stream.concat(
                        Stream.of("wte.weight", "wpe.weight", "ln_f.weight", "ln_f.bias"),
                        Stream.of("ln_1", "attn.c_attn", "attn.c_proj", "ln_2", "mlp.c_fc", "mlp.c_proj")
                                .flatMap(part -> Stream.of("h.*." + part + ".weight", "h.*." + part + ".bias")))
                .map(name -> Rule.renamed(name, "transformer." + name))
                .toList());

        /// Masks that old versions saved: constants, and no weights.
        private static final Pattern MASK = Pattern.compile("(transformer\\.)?h\\.[0-9]+\\.attn\\.(masked_)?bias");

        private Gpt2() {}
    }

    private HfNames() {}

    /// `weights` under today's names.
    ///
    /// @param modelType as `config.json` has it, or the empty text
    /// @throws org.rduzoo.samba.UserError when a tensor has a name that no table knows, with the nearest that they do
    static Weights modern(Weights weights, String modelType) {
        Weights named = weights.names().stream().anyMatch(n -> n.endsWith(".LayerNorm.gamma"))
                ? Bert.OF_2018.apply(weights)
                : weights;
        return modelType.equals("gpt2") ? gpt2(named) : named;
    }

    private static Weights gpt2(Weights weights) {
        Weights unmasked = weights.names().stream().anyMatch(HfNames::isMask)
                ? WeightTable.of(
                        weights.source(),
                        weights.names().stream()
                                .filter(n -> !isMask(n))
                                .map(weights::find)
                                .flatMap(Optional::stream)
                                .toList(),
                        weights)
                : weights;
        return unmasked.find("wte.weight").isPresent() ? Gpt2.WITHOUT_HEAD.apply(unmasked) : unmasked;
    }

    private static boolean isMask(String name) {
        return Gpt2.MASK.matcher(name).matches();
    }
}
