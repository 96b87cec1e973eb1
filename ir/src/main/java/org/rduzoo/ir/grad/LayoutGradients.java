package org.rduzoo.ir.grad;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.rduzoo.ir.Layout;
import org.rduzoo.ir.Layout.Broadcast;
import org.rduzoo.ir.Layout.Concat;
import org.rduzoo.ir.Layout.Constant;
import org.rduzoo.ir.Layout.Reshape;
import org.rduzoo.ir.Layout.Slice;
import org.rduzoo.ir.Layout.Transpose;
import org.rduzoo.ir.Node;
import org.rduzoo.ir.Value;

/// The gradients of [Layout]: elements move back to where they came from.
final class LayoutGradients {

    private LayoutGradients() {}

    static void propagate(Layout op, Node node, Adjoints to) {
        Value g = to.of(node.result()).orElseThrow();
        switch (op) {
            case Constant _ -> {}
            case Reshape(Value x, var _) -> to.add(x, to.reshape(g, x.shape()));
            case Transpose(Value x, List<Integer> permutation) ->
                to.add(
                        x,
                        to.emit(new Transpose(
                                g,
                                IntStream.range(0, permutation.size())
                                        .mapToObj(permutation::indexOf)
                                        .toList())));
            case Broadcast(Value x, var _) -> to.addStretched(x, g);
            case Slice(Value x, int axis, int start, int length) -> {
                List<Value> parts = new ArrayList<>();
                int rest = x.type().dim(axis) - start - length;
                if (start > 0) {
                    parts.add(to.zeros(x.type().withDim(axis, start)));
                }
                parts.add(g);
                if (rest > 0) {
                    parts.add(to.zeros(x.type().withDim(axis, rest)));
                }
                to.add(x, parts.size() == 1 ? g : to.emit(new Concat(parts, axis)));
            }
            case Concat(List<Value> parts, int axis) -> {
                int start = 0;
                for (Value part : parts) {
                    int length = part.type().dim(axis);
                    if (to.isNeeded(part)) {
                        to.add(part, to.emit(new Slice(g, axis, start, length)));
                    }
                    start += length;
                }
            }
        }
    }
}
