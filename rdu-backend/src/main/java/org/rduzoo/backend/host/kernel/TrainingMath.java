package org.rduzoo.backend.host.kernel;

/// Loops of training over runs of `f32`, of any length, given by their addresses.
public interface TrainingMath {

    /// `y = y + x`
    void add(long y, long x, int n);

    /// Σ x² of at most some thousand elements.
    double sumOfSquares(long x, int n);

    /// The gradients of one row of a layer norm: by `x` to `y`, and by weight and bias on top of what lies there.
    ///
    /// @param weight 0 where there is none
    /// @param y may be `x` or `gradient`
    void layerNorm(long x, long weight, long gradient, double epsilon, long y, long byWeight, long byBias, int n);

    /// The gradients of one row of an RMS norm, as [#layerNorm].
    void rmsNorm(long x, long weight, long gradient, double epsilon, long y, long byWeight, int n);

    /// One step of AdamW on `n` elements from `first` on.
    ///
    /// @param p where element 0 of the parameter lies, or would lie
    /// @param newP that of the new one
    void adamW(AdamWSpec spec, AdamWSpec.Rates rates, long p, long newP, long first, int n);

    /// One step of gradient descent, as [#adamW].
    void sgd(SgdSpec spec, SgdSpec.Rates rates, long p, long newP, long first, int n);
}
