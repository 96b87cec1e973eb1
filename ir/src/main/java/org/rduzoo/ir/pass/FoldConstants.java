package org.rduzoo.ir.pass;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.rduzoo.ir.ChannelNorm;
import org.rduzoo.ir.Convolution;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Dense;
import org.rduzoo.ir.Elementwise;
import org.rduzoo.ir.Gradient;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.ImageGradient;
import org.rduzoo.ir.Layout;
import org.rduzoo.ir.Layout.Broadcast;
import org.rduzoo.ir.Layout.Constant;
import org.rduzoo.ir.Lookup;
import org.rduzoo.ir.Node;
import org.rduzoo.ir.Normalization;
import org.rduzoo.ir.Op;
import org.rduzoo.ir.Ops;
import org.rduzoo.ir.Optimizer;
import org.rduzoo.ir.Pass;
import org.rduzoo.ir.Positional;
import org.rduzoo.ir.Product;
import org.rduzoo.ir.Product.Attention;
import org.rduzoo.ir.Product.Linear;
import org.rduzoo.ir.Product.MatMul;
import org.rduzoo.ir.Reduction;
import org.rduzoo.ir.Reduction.CrossEntropy;
import org.rduzoo.ir.Reference;
import org.rduzoo.ir.Rewriter;
import org.rduzoo.ir.Sampling;
import org.rduzoo.ir.Value;

/// Computes what depends on constants alone, and leaves out what changes nothing ([Identities]).
///
/// Before: `%1 = constant() {value=f32[](2.0)}; %2 = sqrt(%1); %3 = reshape(%0); %4 = reshape(%3); %5 = mul(%4, %2)`
///
/// After: `%1 = constant() {value=f32[](1.4142135)}; %2 = reshape(%0); %3 = mul(%2, %1)`
public record FoldConstants() implements Pass {

    /// Constants beyond this are left to the run: a graph is sent and read whole.
    static final long MAX_ELEMENTS = 1 << 18;

    /// The multiply-adds that a compilation spends on one node.
    private static final long MAX_WORK = 1 << 24;

    @Override
    public String name() {
        return "fold-constants";
    }

    @Override
    public Graph run(Graph graph) {
        return new Folding(graph).run();
    }

    private static final class Folding {

        private final Graph source;
        private final Rewriter out;
        private final Map<Value, Op> made = new HashMap<>();
        private final Identities identities = new Identities(made::get);

        Folding(Graph source) {
            this.source = source;
            this.out = new Rewriter(source);
        }

        Graph run() {
            for (Node node : source.nodes()) {
                List<Value> results = results(identities.simplest(Ops.mapOperands(node.op(), out::map)), node);
                for (int i = 0; i < results.size(); i++) {
                    out.replace(node.results().get(i), results.get(i));
                }
            }
            return new DeadCode().run(out.finish());
        }

        private List<Value> results(Op op, Node at) {
            Optional<Value> same = identities.same(op);
            if (same.isPresent()) {
                return List.of(same.get());
            }
            List<Value> operands = Ops.operands(op);
            boolean folds = !operands.isEmpty()
                    && operands.stream().allMatch(v -> made.get(v) instanceof Constant)
                    && op.infer().stream().allMatch(t -> t.elements() <= MAX_ELEMENTS)
                    && isCheap(op);
            return folds
                    ? Reference.evaluate(op, this::number).stream()
                            .map(d -> constant(d, at))
                            .toList()
                    : emit(op, at);
        }

        private Dense number(Value v) {
            if (made.get(v) instanceof Constant(Dense value)) {
                return value;
            }
            throw new IllegalStateException(v + " is no constant");
        }

        private List<Value> emit(Op op, Node at) {
            List<Value> results = out.emit(op, at.path(), at.section());
            if (results.size() == 1) {
                made.put(results.getFirst(), op);
            }
            return results;
        }

        /// A constant for what the interpreter computed. It keeps float64 where the type says f32, but a constant holds
        /// numbers of its type.
        private Value constant(Dense d, Node at) {
            Dense exact = d.type().dtype() == DType.F32
                    ? new Dense(
                            d.type(),
                            Arrays.stream(d.data()).map(x -> (float) x).toArray())
                    : d;
            if (exact.data().length <= 1 || !exact.isUniform()) {
                return emit(new Constant(exact), at).getFirst();
            }
            Value one = emit(new Constant(Dense.scalar(d.type().dtype(), exact.data()[0])), at)
                    .getFirst();
            return emit(new Broadcast(one, d.shape()), at).getFirst();
        }
    }

    /// Whether the reference interpreter takes no time to speak of, and cannot fail.
    private static boolean isCheap(Op op) {
        return switch (op) {
            case Elementwise _, Normalization _, ChannelNorm _ -> true;
            case Reduction reduction -> !(reduction instanceof CrossEntropy);
            // A repeated constant is smaller than its repetition, and those who read it stretch it themselves.
            case Layout layout -> !(layout instanceof Broadcast);
            case Lookup _, Positional _, Convolution _, Sampling _ -> false;
            case Gradient _, ImageGradient _, Optimizer _ -> false;
            case Product product ->
                switch (product) {
                    case MatMul(Value lhs, var _) ->
                        op.infer().getFirst().elements() * lhs.type().dim(-1) <= MAX_WORK;
                    case Linear(Value x, var _, var _, var _) ->
                        op.infer().getFirst().elements() * x.type().dim(-1) <= MAX_WORK;
                    case Attention _ -> false;
                };
        };
    }
}
