package org.rduzoo.runners;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.rduzoo.checkpoint.SentenceModel;
import org.rduzoo.samba.Config;
import org.rduzoo.samba.DecoderModel;
import org.rduzoo.samba.Encoder;
import org.rduzoo.samba.EncoderModel;
import org.rduzoo.samba.ImageModel;
import org.rduzoo.samba.Params;
import org.rduzoo.samba.Pooling;
import org.rduzoo.samba.Trace;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.Weights;
import org.rduzoo.samba.ZooModel;

/// How an encoder's graphs are chosen: pooling, lengths, batch sizes.
final class Encoders {

    /// More texts than these go through in several runs, unless `--batch-size` asks for more.
    private static final int LARGEST_BATCH = 64;

    private static final int SHORTEST = 16;

    private Encoders() {}

    static EncoderModel encoder(ZooModel model) {
        return switch (model) {
            case EncoderModel encoder -> encoder;
            case ImageModel image ->
                throw new UserError("%s reads images, which this command does not take.".formatted(image.name()));
            case DecoderModel decoder ->
                throw new UserError("%s is a decoder, which this command does not take.".formatted(decoder.name()));
        };
    }

    /// The model built over shapes, which checks the configuration.
    static Encoder shapes(EncoderModel model, Config config) {
        return model.build(config, Params.shapes(new Trace("shapes")));
    }

    /// The model built over weights, which checks them against the configuration.
    static Encoder checked(EncoderModel model, Config config, Weights weights) {
        return model.build(config, Params.of(new Trace("weights"), weights));
    }

    /// How vectors become a text's: as asked for, else as the checkpoint says, else the mean.
    static GraphSpec spec(
            Encoder.Head head, Arguments arguments, Optional<SentenceModel> sentence, Batching batching, int tokens) {
        Pooling pooling = arguments
                .choice(Option.POOLING, List.of("mean", "cls", "none"))
                .map(p -> switch (p) {
                    case "mean" -> Pooling.MEAN;
                    case "cls" -> Pooling.CLS;
                    default -> Pooling.NONE;
                })
                .orElse(sentence.map(SentenceModel::pooling).orElse(Pooling.MEAN));
        boolean normalize = arguments.has(Option.NORMALIZE)
                ? arguments.on(Option.NORMALIZE)
                : sentence.map(SentenceModel::normalize).orElse(false);
        GraphSpec.Kind kind = head == Encoder.Head.NONE ? GraphSpec.Kind.EMBEDDING : GraphSpec.Kind.FORWARD;
        return new GraphSpec(kind, batching, tokens, pooling, normalize);
    }

    /// The most tokens that a text may have.
    ///
    /// @throws UserError when more are asked for than the model takes
    static int limit(EncoderModel model, Config config, Arguments arguments, Optional<SentenceModel> sentence) {
        int most = model.maxSequenceLength(config);
        Optional<Integer> asked = arguments.positive(Option.MAX_SEQ_LENGTH);
        if (asked.isPresent() && asked.get() > most) {
            throw new UserError(
                    "--max-seq-length is %d, but this model takes %d tokens at most.".formatted(asked.get(), most));
        }
        return asked.orElse(
                Math.min(most, sentence.map(SentenceModel::maxSequenceLength).orElse(most)));
    }

    /// The length of the graph that texts of up to `longest` tokens go through: few lengths, so that few are compiled.
    static int bucket(int longest, int limit, List<Integer> lengths) {
        Stream<Integer> usual = Stream.iterate(SHORTEST, n -> n < limit, n -> 2 * n);
        return (lengths.isEmpty() ? usual : lengths.stream())
                .filter(n -> n >= longest)
                .findFirst()
                .orElse(limit);
    }

    /// @param texts how many there are, which is the batch unless it is given; a multiple of the micro-batch then
    static Batching batching(Arguments arguments, int texts) {
        Optional<Integer> step = arguments.positive(Option.MICROBATCH_SIZE);
        int size = arguments
                .positive(Option.BATCH_SIZE)
                .orElseGet(() -> Batching.roundedUp(Math.clamp(texts, 1, LARGEST_BATCH), step.orElse(1)));
        return new Batching(size, step.orElse(size));
    }
}
