package org.rduzoo.runners;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;
import org.rduzoo.backend.host.HostGraph;
import org.rduzoo.backend.pef.Pef;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Dense;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.Shape;
import org.rduzoo.ir.Type;
import org.rduzoo.samba.Config;
import org.rduzoo.samba.Encoder;
import org.rduzoo.samba.Losses;
import org.rduzoo.samba.Nearest;
import org.rduzoo.samba.Pooling;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.Weights;
import org.rduzoo.samba.Weights.Weight;

/// The tensors that a user gives to a model by name, checked: `input_ids` `i64[B, T]`, and with its shape
/// `attention_mask` (ones where it is missing) and, for encoders, `token_type_ids` (zeros), and what a loss is measured
/// against.
///
/// @param target what the loss is measured against, if that is there
/// @param unlabelled how many tokens of a text no label counts for
record TensorInputs(
        Map<String, Dense> tensors, int batch, int tokens, Optional<Encoder.Target> target, int unlabelled) {

    private static final String IDS = TensorModel.IDS;

    /// @throws UserError when a tensor is missing, unknown, or of another type or shape
    static TensorInputs of(Weights file, TensorModel model, Config config) {
        Weight ids = file.find(IDS)
                .orElseThrow(() -> new UserError(
                        "%s holds no %s.%s".formatted(file.source(), IDS, Nearest.hint(IDS, file.names()))));
        Shape shape = ids.type().shape();
        if (shape.rank() != 2 || shape.elements() == 0) {
            throw new UserError("%s in %s has shape %s, but texts and their tokens are expected: [B, T]."
                    .formatted(IDS, file.source(), shape));
        }
        int batch = shape.dim(0);
        int tokens = shape.dim(1);
        Optional<Encoder.Target> target = model.targets().of(batch, tokens);
        List<String> known = model.names(batch, tokens);
        for (String name : file.names()) {
            if (!known.contains(name)) {
                throw new UserError("%s holds %s, which this model does not take.%s It takes %s."
                        .formatted(file.source(), name, Nearest.hint(name, known), String.join(", ", known)));
            }
        }
        Type type = new Type(DType.I64, shape);
        Map<String, Dense> tensors = new LinkedHashMap<>();
        for (String name : model.inputs()) {
            boolean mask = name.equals(TensorModel.MASK);
            Dense tensor = read(file, name, type).orElse(mask ? Dense.filled(type, 1) : Dense.zeros(type));
            tensors.put(name, tensor);
            if (!mask) {
                Feed.requireIds(name, longs(tensor), config);
            }
        }
        Optional<Dense> wanted = target.flatMap(t -> read(
                file,
                t.name(),
                Type.of(t.dtype(), t.dims().stream().mapToInt(Integer::intValue).toArray())));
        wanted.ifPresent(w -> tensors.put(target.orElseThrow().name(), w));
        return new TensorInputs(tensors, batch, tokens, target.filter(_ -> wanted.isPresent()), model.unlabelled());
    }

    private static long[] longs(Dense dense) {
        long[] longs = new long[dense.data().length];
        for (int i = 0; i < longs.length; i++) {
            longs[i] = (long) dense.data()[i];
        }
        return longs;
    }

    private static Optional<Dense> read(Weights file, String name, Type expected) {
        return file.find(name).map(w -> {
            if (!w.type().equals(expected)) {
                throw new UserError(
                        "%s in %s is %s, but %s is expected.".formatted(name, file.source(), w.type(), expected));
            }
            MemorySegment data = w.segment();
            return Feed.dense(expected, expected.dtype(), data);
        });
    }

    /// @param given the PEF that these go through, which knows its micro-batch
    /// @throws UserError when options ask for another shape than the tensors have
    GraphSpec spec(Arguments arguments, Optional<Pef> given) {
        require(arguments, Option.BATCH_SIZE, batch);
        require(arguments, Option.MAX_SEQ_LENGTH, tokens);
        Batching batching = given.map(GivenPef::batching)
                .filter(b -> b.size() == batch)
                .orElseGet(() -> new Batching(
                        batch, arguments.positive(Option.MICROBATCH_SIZE).orElse(batch)));
        GraphSpec.Kind kind = target.isPresent() ? GraphSpec.Kind.LOSS : GraphSpec.Kind.FORWARD;
        return new GraphSpec(kind, batching, tokens, Pooling.NONE, false);
    }

    private void require(Arguments arguments, Option option, int found) {
        Optional<Integer> asked = arguments.positive(option);
        if (asked.isPresent() && asked.get() != found) {
            throw new UserError("%s is %d, but input_ids has shape [%d, %d]. Leave the option out."
                    .formatted(option.text(), asked.get(), batch, tokens));
        }
    }

    /// Texts `first` to `first + count` of these.
    TensorInputs texts(int first, int count) {
        if (count == batch) {
            return this;
        }
        Map<String, Dense> part = new LinkedHashMap<>();
        tensors.forEach((name, tensor) -> {
            int row = tensor.data().length / batch;
            part.put(
                    name,
                    new Dense(
                            tensor.type().withDim(0, count),
                            Arrays.copyOfRange(tensor.data(), first * row, (first + count) * row)));
        });
        return new TensorInputs(part, count, tokens, target, unlabelled);
    }

    /// What part the loss of `some` of these is of the loss of all: the parts of all micro-batches make 1, or a sum.
    double share(TensorInputs some) {
        return target.map(t -> switch (t.reduction()) {
                    case SUM -> 1.0;
                    case MEAN -> (double) some.counted(t) / counted(t);
                })
                .orElse(1.0);
    }

    private long counted(Encoder.Target t) {
        double[] wanted = Objects.requireNonNull(tensors.get(t.name())).data();
        if (t.dtype() != DType.I64) {
            return wanted.length;
        }
        int row = wanted.length / batch;
        return IntStream.range(0, wanted.length)
                .filter(i -> i % row >= unlabelled && wanted[i] != Losses.IGNORED)
                .count();
    }

    void fill(HostGraph graph) {
        for (Graph.Input input : graph.graph().inputs(Graph.Kind.INPUT).toList()) {
            Dense tensor = tensors.get(input.name());
            if (tensor == null) {
                throw new IllegalStateException("the graph takes " + input.name() + ", which nobody gave");
            }
            Feed.copy(tensor, graph.input(input.name()));
        }
    }
}
