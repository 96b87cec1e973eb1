package org.rduzoo.backend.section;

import org.rduzoo.backend.arch.Arch;
import org.rduzoo.backend.arch.TensorParallel;
import org.rduzoo.ir.Convolution;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Gradient;
import org.rduzoo.ir.ImageGradient;
import org.rduzoo.ir.Layout;
import org.rduzoo.ir.Lookup;
import org.rduzoo.ir.Node;
import org.rduzoo.ir.Positional;
import org.rduzoo.ir.Product;
import org.rduzoo.ir.Type;
import org.rduzoo.ir.Value;

/// The work of one operation, as compute units share it: so many pieces, each of so many cycles on one unit.
///
/// A unit multiplies matrices as an array of `lanes × stages` sums that each take one step of the shared dimension a
/// cycle, or, where that leaves fewer cycles (few rows), as a pipeline that takes `lanes` products of one sum a cycle.
/// Everything else takes `lanes` elements a cycle, as often as its steps need passes through `stages`.
///
/// @param pieces that units can share out; 0 for what memory units do alone
/// @param cyclesEach of a piece on one unit
/// @param fill cycles before the first result
/// @param leastPcus that must be under way at the same time
/// @param tiles that its rows make, which can follow each other through a pipeline
/// @param grid how the pieces of a product share its factors
public record StageWork(double pieces, double cyclesEach, double fill, int leastPcus, double tiles, PieceGrid grid) {

    /// The most tiles that a value goes through a section in; fewer if it has too few rows to fill the lanes of a unit
    /// with each. An assumption: it decides how large a buffer between two stages is.
    static final long MOST_TILES = 256;

    /// Units share a sum that is longer, and add up their parts. An assumption.
    private static final double LONGEST_SUM = 512;

    /// How often so many units take a number of an operand from the memory units that hold it.
    public double reads(Operand operand, int pcus) {
        return grid.reads(operand, pcus);
    }

    /// How many groups so many units make that each take another part of an operand; within a group all take the same.
    public int groups(Operand operand, int pcus) {
        return (int) Math.clamp(grid.groups(operand, pcus), 1, Math.max(1, pcus));
    }

    /// Cycles on so many units.
    public double cycles(int pcus) {
        return pieces == 0 ? 0 : Math.ceil(pieces / Math.max(1, pcus)) * cyclesEach + fill;
    }

    /// Cycles times units.
    public double pcuCycles() {
        return pieces * cyclesEach;
    }

    /// The part of one chip of several that share it.
    StageWork shared(int chips, TensorParallel parallel) {
        return chips == 1
                ? this
                : new StageWork(pieces / chips, cyclesEach, fill, leastPcus, tiles, grid.shared(chips, parallel));
    }

    /// The work of a node.
    ///
    /// @param keys the most places of a cache that an attention sees; what else bounds it, it knows itself
    public static StageWork of(Node node, Arch arch, long keys) {
        Units units = new Units(arch);
        return switch (node.op()) {
            case Product.MatMul m -> {
                Type t = node.results().getFirst().type();
                double batch = (double) t.elements() / Math.max(1, (long) t.dim(-1) * t.dim(-2));
                Pieces pieces = units.product(
                        batch, t.dim(-2), t.dim(-1), m.lhs().type().dim(-1), m.lhs());
                yield units.work(node, StageNeeds.holdsResult(m) ? pieces.with(pieces.grid.allRowsAtOnce()) : pieces);
            }
            case Product.Linear l -> {
                Type t = node.results().getFirst().type();
                double rows = (double) t.elements() / Math.max(1, t.dim(-1));
                yield units.work(
                        node, units.product(1, rows, t.dim(-1), l.x().type().dim(-1), l.x()));
            }
            case Product.Attention a -> units.work(node, units.attention(a, keys));
            case Gradient.AttentionGradient a -> units.work(node, units.attentionGradient(a));
            case Convolution _, ImageGradient.ConvWeightGradient _ -> units.work(node, units.convolution(node));
            case Lookup _, Layout _, Positional.CacheWrite _, Positional.LastRow _ ->
                units.work(node, new Pieces(0, 0, PieceGrid.NONE));
            default -> units.work(node, units.elements(node));
        };
    }

    private record Pieces(double count, double cyclesEach, PieceGrid grid) {
        double total() {
            return count * cyclesEach;
        }

        /// This and more work, in pieces of this size.
        Pieces plus(double pcuCycles) {
            return cyclesEach == 0
                    ? new Pieces(pcuCycles, 1, grid)
                    : new Pieces(count + pcuCycles / cyclesEach, cyclesEach, grid);
        }

        /// A share of them.
        Pieces seen(double share) {
            return new Pieces(count * share, cyclesEach, grid.seen(share));
        }

        Pieces with(PieceGrid other) {
            return new Pieces(count, cyclesEach, other);
        }
    }

    private record Units(double lanes, double stages, Arch arch) {

        Units(Arch arch) {
            this(arch.pcu().lanes().value(), arch.pcu().stages().value(), arch);
        }

        StageWork work(Node node, Pieces pieces) {
            Type t = node.results().getFirst().type();
            double rows = t.rank() == 0 ? 1 : (double) t.elements() / Math.max(1, t.dim(-1));
            return new StageWork(
                    pieces.count,
                    pieces.cyclesEach,
                    lanes + stages,
                    OpCost.leastPcus(node.op()),
                    Math.clamp(Math.ceil(rows / lanes), 1, MOST_TILES),
                    pieces.grid);
        }

        Pieces product(double batch, double m, double n, double k, Value factor) {
            double slower = arch.peak(DType.BF16, 1) / arch.peak(factor.dtype(), 1);
            double parts = Math.max(1, Math.ceil(k / LONGEST_SUM));
            double rows = Math.ceil(m / lanes);
            double columns = Math.ceil(n / stages);
            Pieces array = new Pieces(
                    batch * rows * columns * parts,
                    k / parts * slower,
                    PieceGrid.of(batch, rows, columns, parts, stages / lanes));
            Pieces sums = new Pieces(batch * m * n, Math.ceil(k / lanes) * slower, PieceGrid.of(batch, m, n, 1, 1));
            return sums.total() < array.total() ? sums : array;
        }

        Pieces attention(Product.Attention a, long keys) {
            Type q = a.q().type();
            Type k = a.k().type();
            double slots = a.valid().isPresent() ? Math.min(k.dim(2), keys) : k.dim(2);
            double queries = q.dim(2);
            double seen = visible(queries, slots, a.causal(), a.window());
            double groups = (double) q.dim(0) * k.dim(1);
            double rows = queries * q.dim(1) / Math.max(1, k.dim(1));
            Pieces scores = product(groups, rows, slots, q.dim(3), a.q());
            Pieces sum = product(groups, rows, a.v().type().dim(3), slots, a.q());
            double softmax = groups * rows * slots / lanes;
            return scores.seen(seen).plus((sum.total() + softmax) * seen);
        }

        Pieces attentionGradient(Gradient.AttentionGradient a) {
            Type q = a.q().type();
            Type k = a.k().type();
            double seen = visible(q.dim(2), k.dim(2), a.causal(), a.window());
            double heads = (double) q.dim(0) * q.dim(1);
            double wide = a.v().type().dim(3);
            Pieces scores = product(heads, q.dim(2), k.dim(2), q.dim(3), a.q());
            double rest = product(heads, q.dim(2), k.dim(2), wide, a.q()).total()
                    + product(heads, q.dim(2), q.dim(3), k.dim(2), a.q()).total()
                    + product(heads, k.dim(2), q.dim(3), q.dim(2), a.q()).total()
                    + product(heads, k.dim(2), wide, q.dim(2), a.q()).total();
            double softmax = heads * q.dim(2) * k.dim(2) / lanes;
            return scores.seen(seen).plus((rest + 2 * softmax) * seen);
        }

        /// The share of scores that are seen.
        private static double visible(double queries, double keys, boolean causal, int window) {
            if (queries == 0 || keys == 0) {
                return 0;
            }
            return OpCost.visiblePairs((long) queries, (long) keys, causal, window) / (queries * keys);
        }

        /// A convolution as the product of the patches that it sees.
        Pieces convolution(Node node) {
            Type t = node.results().getFirst().type();
            double n = Math.max(1, t.dim(1));
            double m = Math.max(1, t.elements() / n);
            double products = OpCost.flops(node) / 2.0;
            double k = Math.max(1, products / (m * n));
            Value left = node.op() instanceof ImageGradient.ConvWeightGradient c
                    ? c.narrow()
                    : node.operands().getFirst();
            Pieces pieces = product(1, m, n, k, left);
            return pieces.with(
                    pieces.grid.repeating(m * k / Math.max(1, left.type().elements())));
        }

        Pieces elements(Node node) {
            double elements = OpCost.widest(node);
            double steps = OpCost.flops(node) / Math.max(1, elements);
            double passes = Math.max(1, Math.ceil(steps / stages));
            return new Pieces(Math.ceil(elements / lanes), passes, PieceGrid.NONE);
        }
    }
}
