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
        if (a.columns() != b.rows()) {
            throw refused("as many columns of a as rows of b, " + b.rows(), a.columns());
        }
        if (a.rows() != c.rows()) {
            throw refused("as many rows of c as of a, " + a.rows(), c.rows());
        }
        if (b.columns() != c.columns()) {
            throw refused("as many columns of c as of b, " + b.columns(), c.columns());
        }
        if (c.transposed()) {
            throw refused("contiguous rows of c", c);
        }
        if (residual.isPresent() && !isLike(c, residual.get())) {
            throw refused("a residual in rows, shaped as c", residual);
        }
        if (bias.isPresent() && bias.get().byteSize() < 4L * c.columns()) {
            throw refused("a number of bias a column", bias);
        }
        if (activation.isPresent() && !Products.ACTIVATIONS.contains(activation.get())) {
            throw refused("an activation that is one of " + Products.ACTIVATIONS, activation);
        }
    }

    private static boolean isLike(Matrix c, Matrix residual) {
        return !residual.transposed() && residual.rows() == c.rows() && residual.columns() == c.columns();
    }

    private static IllegalArgumentException refused(String needed, Object found) {
        return new IllegalArgumentException("a product needs %s, not %s".formatted(needed, found));
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
        return residual.isPresent()
                && residual.get().data().address() == c.data().address()
                && residual.get().stride() == c.stride();
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
}
