package org.rduzoo.backend.host.kernel;

import org.rduzoo.ir.BinaryFn;
import org.rduzoo.ir.CompareFn;
import org.rduzoo.ir.UnaryFn;

/// Loops over `f32` buffers, given by their addresses, that lie in the nearest cache.
///
/// What computes each element by itself takes a multiple of [#BLOCK] elements, and the result may replace an operand
/// unless [#readsAgain] says no. What joins the elements of a row takes any number.
public interface TileMath {

    /// Element-wise loops run in multiples of this many elements.
    int BLOCK = 16;

    /// Whether a function's loop needs its operand after the result's place was first written.
    static boolean readsAgain(UnaryFn fn) {
        return fn == UnaryFn.GELU || fn == UnaryFn.ERF;
    }

    /// `y = fn(x)`
    void unary(UnaryFn fn, long x, long y, int n);

    /// `y = fn(a, b)`
    void binary(BinaryFn fn, long a, long b, long y, int n);

    /// `y = 1` where `fn(a, b)` holds, else 0.
    void compare(CompareFn fn, long a, long b, long y, int n);

    /// `y = then` where the condition is not 0, else `otherwise`.
    void select(long condition, long then, long otherwise, long y, int n);

    /// `y` = the `bf16` nearest to `x`, ties to even.
    void round(long x, long y, int n);

    /// `y` = `x` without its fraction.
    void truncate(long x, long y, int n);

    /// All `n` elements of `y` become `value`.
    void fill(long y, float value, int n);

    /// Copies any number of `f32`.
    void copy(long x, long y, int n);

    /// Any number of `bf16` at `x` to `f32` at `y`.
    void widen(long x, long y, int n);

    /// Any number of `f32` at `x` to the nearest `bf16` at `y`, ties to even.
    void narrow(long x, long y, int n);

    /// `y = x · scale` where the number of [org.rduzoo.ir.DropoutNumbers] is not below the probability, else 0; any
    /// number of elements, the first of which has this index.
    void dropout(long x, long y, long key, int index, float probability, float scale, int n);

    /// The sum of a row.
    float sum(long x, int n);

    /// `y` = the sum of `rows` rows of `n` elements, any number, that begin `stride` bytes apart, added in their order.
    void sumOfRows(long x, int rows, long stride, long y, int n);

    /// The largest element of a row, NaN if there is one; −∞ of none.
    float max(long x, int n);

    /// Σ exp(x − shift) of a row whose elements are not above the shift.
    float sumOfExp(long x, float shift, int n);

    /// `y = (x − mean) / √(variance + epsilon) · weight + bias`; an address of 0 leaves weight or bias out.
    void layerNorm(long x, long weight, long bias, double epsilon, long y, int n);

    /// `y = x / √(mean(x²) + epsilon) · weight`; an address of 0 leaves the weight out.
    void rmsNorm(long x, long weight, double epsilon, long y, int n);

    /// `y = exp(x) / Σ exp(x)`
    void softmax(long x, long y, int n);

    /// Turns `pairs` pairs, any number, of each of `rows` rows, which lie so many bytes apart, by the same angles:
    /// `y[i] = x[i] · cos[i] − x[pairs + i] · sin[i]` and `y[pairs + i] = x[pairs + i] · cos[i] + x[i] · sin[i]`. The
    /// result may replace the operand.
    void turn(long x, long xStride, long cos, long sin, long y, long yStride, int pairs, int rows);
}
