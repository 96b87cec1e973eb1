package org.rduzoo.checkpoint.pytorch;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.rduzoo.checkpoint.file.Named;
import org.rduzoo.checkpoint.pytorch.PickleValue.Dictionary;
import org.rduzoo.checkpoint.pytorch.PickleValue.Tensor;
import org.rduzoo.samba.UserError;

/// The dictionary of a file that holds a model's tensors by name.
///
/// Training scripts put it into another one, beside the epoch or the optimizer. The rule: of the keys that they
/// commonly
/// use ([#USUAL], in this order), the first whose value is a dictionary that holds tensors; else the dictionary itself
/// if it holds any; else the only one of its values that does. The rule is applied again to what it finds.
///
/// @param path the keys that lead to it, the outermost first
/// @param leftOut what else the file has, by its keys, as in `optimizer` or `state_dict.epoch`
record StateDict(List<String> path, Map<String, Tensor> tensors, List<String> leftOut) {

    static final List<String> USUAL =
            List.of("state_dict", "model_state_dict", "model_state", "model", "module", "net", "network", "weights");

    private static final int DEEPEST = 8;

    /// Finds the dictionary in what a pickle holds.
    ///
    /// @throws UserError if there is none, or several that may be meant
    static StateDict of(String source, PickleValue value) {
        List<String> path = new ArrayList<>();
        List<String> leftOut = new ArrayList<>();
        PickleValue at = value;
        while (true) {
            if (!(at instanceof Dictionary dictionary)) {
                throw new UserError(source + " holds " + at.kind() + ", but a dictionary from names to tensors was"
                        + " expected.\nSave one with PyTorch: torch.save(model.state_dict(), PATH).");
            }
            Map<String, PickleValue> entries = dictionary.byText();
            String key = path.size() < DEEPEST ? inner(source, entries) : "";
            String prefix = path.stream().map(k -> k + ".").collect(Collectors.joining());
            if (key.isEmpty()) {
                return new StateDict(List.copyOf(path), tensors(entries, prefix, leftOut), List.copyOf(leftOut));
            }
            entries.keySet().stream().filter(k -> !k.equals(key)).forEach(k -> leftOut.add(prefix + k));
            path.add(key);
            at = entries.getOrDefault(key, at);
        }
    }

    /// The key under which to look further, or nothing if the tensors are here.
    private static String inner(String source, Map<String, PickleValue> entries) {
        for (String usual : USUAL) {
            if (holdsTensors(entries.get(usual), 2)) {
                return usual;
            }
        }
        if (entries.values().stream().anyMatch(Tensor.class::isInstance)) {
            return "";
        }
        List<String> candidates = entries.keySet().stream()
                .filter(k -> holdsTensors(entries.get(k), 2))
                .toList();
        if (candidates.size() != 1) {
            throw new UserError(source + " holds a dictionary with "
                    + (entries.isEmpty()
                            ? "nothing in it"
                            : "the keys " + keys(entries.keySet().stream().toList()))
                    + (candidates.isEmpty()
                            ? ", but no tensors."
                            : ", of which several hold tensors: " + keys(candidates) + ".")
                    + "\nSave the one that is meant with PyTorch: torch.save(model.state_dict(), PATH).");
        }
        return candidates.getFirst();
    }

    private static boolean holdsTensors(@Nullable PickleValue value, int levels) {
        if (!(value instanceof Dictionary dictionary) || levels == 0) {
            return false;
        }
        return dictionary.byText().values().stream().anyMatch(v -> v instanceof Tensor || holdsTensors(v, levels - 1));
    }

    private static Map<String, Tensor> tensors(Map<String, PickleValue> entries, String prefix, List<String> leftOut) {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        entries.forEach((key, value) -> {
            if (value instanceof Tensor tensor) {
                tensors.put(key, tensor);
            } else {
                leftOut.add(prefix + key);
            }
        });
        return tensors;
    }

    private static String keys(List<String> keys) {
        return keys.stream().limit(8).map(Named::shortened).collect(Collectors.joining(", "))
                + (keys.size() > 8 ? " and " + (keys.size() - 8) + " more" : "");
    }
}
