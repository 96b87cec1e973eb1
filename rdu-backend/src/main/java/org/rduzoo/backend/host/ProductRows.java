package org.rduzoo.backend.host;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;
import org.rduzoo.backend.pef.Pef;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.Layout.Transpose;
import org.rduzoo.ir.Node;
import org.rduzoo.ir.Product.Linear;
import org.rduzoo.ir.Value;

/// How many rows the products with each weight have, in all graphs of a PEF: what a layout that they share is chosen
/// for.
final class ProductRows {

    private final Pef pef;
    private final Map<String, TreeSet<Integer>> rows = new HashMap<>();

    ProductRows(Pef pef) {
        this.pef = pef;
    }

    /// Looks at all graphs, which takes a while: not every processor asks.
    private void find() {
        for (Pef.Entry entry : pef.entries()) {
            Map<Value, TreeSet<Integer>> weights = new HashMap<>();
            entry.graph()
                    .inputs(Graph.Kind.PARAMETER)
                    .forEach(i -> weights.put(i.value(), rows.computeIfAbsent(i.name(), _ -> new TreeSet<>())));
            for (Node node : entry.graph().nodes()) {
                if (node.op() instanceof Transpose(Value weight, var _) && weights.containsKey(weight)) {
                    weights.put(node.result(), weights.get(weight));
                }
                if (node.op() instanceof Linear(Value x, Value weight, var _, var _)) {
                    TreeSet<Integer> known = weights.get(weight);
                    if (known != null) {
                        known.add(Math.toIntExact(x.shape().elements(0, x.type().rank() - 1)));
                    }
                }
            }
        }
    }

    /// The numbers of rows that `weight` meets, `asked` among them.
    synchronized int[] of(String weight, int asked) {
        if (rows.isEmpty()) {
            find();
        }
        TreeSet<Integer> all = new TreeSet<>(rows.getOrDefault(weight, new TreeSet<>()));
        all.add(asked);
        return all.stream().mapToInt(Integer::intValue).toArray();
    }
}
