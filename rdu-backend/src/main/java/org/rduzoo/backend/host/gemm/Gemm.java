package org.rduzoo.backend.host.gemm;

import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.rduzoo.ir.UnaryFn;

/// `c[m, n] = activation(a[m, k] · b[k, n] + bias[n]) + residual[m, n]`: products and sums in fp32, rounded once
/// where `c` is `bf16`.
///
/// @param bias `n` numbers of `f32`
/// @param activation one of [Products#ACTIVATIONS]
/// @param residual may be `c` itself, which is the fastest, but may not overlap it otherwise
/// @param c rows are contiguous; overlaps neither factor
public record Gemm(
        Matrix a,
        RightFactor b,
        Optional<MemorySegment> bias,
        Optional<UnaryFn> activation,
        Optional<Matrix> residual,
        Matrix c) {

    public Gemm {
        require(a.columns() == b.rows(), "as many columns of a as rows of b, " + b.rows(), a.columns());
        require(a.rows() == c.rows(), "as many rows of c as of a, " + a.rows(), c.rows());
        require(b.columns() == c.columns(), "as many columns of c as of b, " + b.columns(), c.columns());
        require(!c.transposed(), "contiguous rows of c", c);
        require(
                residual.stream().allMatch(r -> !r.transposed() && r.rows() == c.rows() && r.columns() == c.columns()),
                "a residual in rows, shaped as c",
                residual);
        require(bias.stream().allMatch(s -> s.byteSize() >= 4L * c.columns()), "a number of bias a column", bias);
        require(
                Products.ACTIVATIONS.containsAll(activation.stream().toList()),
                "an activation that is one of " + Products.ACTIVATIONS,
                activation);
    }

    /// The product alone.
    public static Gemm of(Matrix a, RightFactor b, Matrix c) {
        return new Gemm(a, b, Optional.empty(), Optional.empty(), Optional.empty(), c);
    }

    int m() {
        return c.rows();
    }

    int n() {
        return c.columns();
    }

    int k() {
        return a.columns();
    }

    /// Whether the residual is what `c` holds before.
    boolean addsInPlace() {
        return residual.stream().anyMatch(r -> r.data().address() == c.data().address() && r.stride() == c.stride());
    }

    /// The part of the work that yields a rectangle of `c`, with `bOfPart` in the place of `b`.
    Gemm part(Range rows, Range columns, RightFactor bOfPart) {
        return new Gemm(
                a.rowRange(rows),
                bOfPart,
                bias.map(s -> s.asSlice(4L * columns.from(), 4L * columns.size())),
                activation,
                residual.map(r -> r.part(rows, columns)),
                c.part(rows, columns));
    }

    private static void require(boolean holds, String what, Object found) {
        if (!holds) {
            throw new IllegalArgumentException("a product needs %s, not %s".formatted(what, found));
        }
    }
}
