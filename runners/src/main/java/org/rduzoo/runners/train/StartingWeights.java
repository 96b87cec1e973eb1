package org.rduzoo.runners.train;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.rduzoo.ir.DType;
import org.rduzoo.samba.LowRank;
import org.rduzoo.samba.Nearest;
import org.rduzoo.samba.RandomWeights;
import org.rduzoo.samba.Trace;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.Weights;

/// What a model is trained from: a checkpoint's weights, and random ones for a head that it lacks; or random ones
/// alone.
///
/// A checkpoint of the body alone, whose names lack the first word of the model's (`bert.`), is as good as one of the
/// whole.
public final class StartingWeights implements Weights {

    private final String source;
    private final Map<String, Weight> weights = new LinkedHashMap<>();
    private final RandomWeights random;
    private final DType dtype;
    private final List<String> fresh = new ArrayList<>();

    private StartingWeights(String source, RandomWeights random, DType dtype) {
        this.source = source;
        this.random = random;
        this.dtype = dtype;
    }

    /// @param checkpoint stays the caller's to close; nothing for a model from scratch
    /// @param log is told which parts are new
    /// @throws UserError when a part that the checkpoint has lacks a weight, or one has another shape
    public static StartingWeights of(Trace trace, Optional<Weights> checkpoint, long seed, Consumer<String> log) {
        RandomWeights random = RandomWeights.of(trace, seed);
        DType dtype = checkpoint
                .flatMap(w -> w.names().stream().findFirst().flatMap(w::find))
                .map(w -> w.type().dtype())
                .filter(t -> t == DType.BF16 || t == DType.F16)
                .orElse(DType.F32);
        String source = checkpoint.map(Weights::source).orElseGet(random::source);
        StartingWeights starting = new StartingWeights(source, random, dtype);
        for (Trace.Parameter parameter : trace.parameters()) {
            Optional<Weight> known = checkpoint.flatMap(w -> find(w, parameter.name()));
            known.ifPresent(w -> requireShape(parameter, w));
            if (known.isEmpty() && !LowRank.isAdapter(parameter.name())) {
                checkpoint.ifPresent(w -> requireNewPart(parameter, w));
                starting.fresh.add(parameter.name());
            }
            starting.weights.put(
                    parameter.name(),
                    known.or(() -> random.find(parameter.name()))
                            .map(w -> new Weight(parameter.name(), w.type(), w.source(), w.data()))
                            .orElseThrow());
        }
        if (checkpoint.isPresent() && !starting.fresh.isEmpty()) {
            log.accept("not in the checkpoint, so random at first: " + String.join(", ", starting.fresh));
        }
        return starting;
    }

    private static Optional<Weight> find(Weights checkpoint, String name) {
        return checkpoint.find(name).or(() -> checkpoint.find(withoutFirstWord(name)));
    }

    private static String withoutFirstWord(String name) {
        return name.substring(name.indexOf('.') + 1);
    }

    private static void requireShape(Trace.Parameter parameter, Weight weight) {
        if (!weight.type().shape().equals(parameter.type().shape())) {
            throw new UserError(
                    "%s has shape %s, but config.json asks for %s. Read from %s. Is config.json from another checkpoint?"
                            .formatted(
                                    parameter.name(),
                                    weight.type().shape(),
                                    parameter.type().shape(),
                                    weight.source()));
        }
    }

    /// A weight may be new where the checkpoint has nothing of the part that it is in: a head, a pooler.
    private static void requireNewPart(Trace.Parameter parameter, Weights checkpoint) {
        String whole = parameter.name();
        String body = withoutFirstWord(whole);
        String part = firstWord(whole) + ".";
        boolean begun = checkpoint.names().stream().anyMatch(n -> n.startsWith(part));
        String inner = (begun ? part : "") + firstWord(body) + ".";
        if (checkpoint.names().stream().anyMatch(n -> n.startsWith(inner))) {
            throw new UserError("%s is missing from %s.%s Is config.json from another checkpoint?"
                    .formatted(whole, checkpoint.source(), Nearest.hint(whole, checkpoint.names())));
        }
    }

    private static String firstWord(String name) {
        int dot = name.indexOf('.');
        return dot < 0 ? name : name.substring(0, dot);
    }

    /// The weights that the checkpoint lacks, adapters apart.
    public List<String> fresh() {
        return List.copyOf(fresh);
    }

    /// The type in which weights are written: the checkpoint's.
    DType dtype() {
        return dtype;
    }

    @Override
    public List<String> names() {
        return List.copyOf(weights.keySet());
    }

    @Override
    public Optional<Weight> find(String name) {
        return Optional.ofNullable(weights.get(name));
    }

    @Override
    public String source() {
        return source;
    }

    /// Lets go of the random weights alone.
    @Override
    public void close() {
        random.close();
    }
}
