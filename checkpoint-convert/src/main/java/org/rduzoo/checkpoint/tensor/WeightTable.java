package org.rduzoo.checkpoint.tensor;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.rduzoo.samba.Weights;

/// Weights from a list, over others that own the files they lie in: what a conversion yields.
public final class WeightTable implements Weights {

    private final String source;
    private final Map<String, Weight> weights;
    private final AutoCloseable owner;

    private WeightTable(String source, Map<String, Weight> weights, AutoCloseable owner) {
        this.source = source;
        this.weights = weights;
        this.owner = owner;
    }

    /// @param owner closed with this: the weights that these are made from
    public static WeightTable of(String source, Collection<Weight> weights, AutoCloseable owner) {
        Map<String, Weight> byName = LinkedHashMap.newLinkedHashMap(weights.size());
        for (Weight w : weights) {
            if (byName.put(w.name(), w) != null) {
                throw new IllegalArgumentException("two weights are named " + w.name());
            }
        }
        return new WeightTable(source, byName, owner);
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

    @Override
    public void close() {
        try {
            owner.close();
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(source + " cannot be closed", e);
        }
    }
}
