package org.rduzoo.samba;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.rduzoo.ir.DType;

/// Weights as a model begins with, drawn from a seed: the same for the same seed, whatever else the model has.
public final class RandomWeights implements Weights {

    private final Map<String, Trace.Parameter> parameters = new LinkedHashMap<>();
    private final long seed;
    private final Arena arena = Arena.ofShared();

    private RandomWeights(List<Trace.Parameter> parameters, long seed) {
        parameters.forEach(p -> this.parameters.put(p.name(), p));
        this.seed = seed;
    }

    /// The weights that a trace asked for.
    public static RandomWeights of(Trace trace, long seed) {
        return of(trace.parameters(), seed);
    }

    public static RandomWeights of(List<Trace.Parameter> parameters, long seed) {
        return new RandomWeights(parameters, seed);
    }

    @Override
    public List<String> names() {
        return List.copyOf(parameters.keySet());
    }

    @Override
    public Optional<Weight> find(String name) {
        return Optional.ofNullable(parameters.get(name))
                .map(p -> new Weight(name, p.type().withDType(DType.F32), source(), () -> draw(p)));
    }

    @Override
    public String source() {
        return "random weights of seed " + seed;
    }

    @Override
    public void close() {
        arena.close();
    }

    private MemorySegment draw(Trace.Parameter parameter) {
        long elements = parameter.type().elements();
        MemorySegment data = arena.allocate(elements * 4, 64);
        Random random = new Random(seed ^ parameter.name().hashCode());
        for (long i = 0; i < elements; i++) {
            double value = switch (parameter.initial()) {
                case Init.Constant(double constant) -> constant;
                case Init.Normal(double deviation) -> deviation * random.nextGaussian();
                case Init.Uniform(double bound) -> bound * (2 * random.nextDouble() - 1);
            };
            data.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) value);
        }
        return data;
    }
}
