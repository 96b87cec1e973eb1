package org.rduzoo.ir;

import static org.rduzoo.ir.IllTyped.unless;

import java.util.List;

/// Operations that know where in a text a token stands. `B` texts; this run brings `T` tokens of each, of which the
/// first stands at position `start[b]`.
public sealed interface Positional extends Op {

    /// `start i64[B], frequencies f32[F] -> f32[B, T, F], f32[B, T, F]`: cosine and sine of `position · frequency`,
    /// for the `tokens` positions from `start[b]` on. The product is rounded to `f32` before its cosine is taken, as
    /// in the programs that checkpoints are trained with.
    ///
    /// - C1: `start` is `i64[B]`, `frequencies` is `f32[F]`.
    /// - C2: `tokens` is not negative.
    record RopeAngles(Value start, Value frequencies, int tokens) implements Positional {
        @Override
        public List<Type> infer() {
            unless(
                    start.dtype() == DType.I64
                            && start.type().rank() == 1
                            && frequencies.dtype() == DType.F32
                            && frequencies.type().rank() == 1,
                    this,
                    "C1",
                    "start is i64[B], frequencies is f32[F]");
            unless(tokens >= 0, this, "C2", "tokens is not negative");
            Type angles = Type.of(
                    DType.F32, start.type().dim(0), tokens, frequencies.type().dim(0));
            return List.of(angles, angles);
        }
    }

    /// `x [B, H, T, D], cos [B, T, F], sin [B, T, F] -> [B, H, T, D]`: rotary position embedding (Su et al. 2021,
    /// arXiv 2104.09864) in the form with two halves. For `i < F` the pair `(x[i], x[i + F])` is turned by its angle:
    /// `(x[i] · cos[i] − x[i + F] · sin[i], x[i + F] · cos[i] + x[i] · sin[i])`. What lies beyond `2 F` stays.
    ///
    /// - C1: all operands are `f32`.
    /// - C2: shapes as above; `2 F` is at most `D`.
    record Rope(Value x, Value cos, Value sin) implements Positional {
        @Override
        public List<Type> infer() {
            unless(
                    x.dtype() == DType.F32 && cos.dtype() == DType.F32 && sin.dtype() == DType.F32,
                    this,
                    "C1",
                    "all operands are f32");
            unless(
                    x.type().rank() == 4
                            && cos.type().rank() == 3
                            && cos.type().equals(sin.type())
                            && cos.type().dim(0) == x.type().dim(0)
                            && cos.type().dim(1) == x.type().dim(2)
                            && 2L * cos.type().dim(2) <= x.type().dim(3),
                    this,
                    "C2",
                    "x [B, H, T, D], cos and sin [B, T, F], and 2 F is at most D");
            return List.of(x.type());
        }
    }

    /// `cache [B, H, S, D], rows [B, H, T, D], start i64[B], valid i64[B] -> [B, H, S, D]`: the cache with token `i` of
    /// text `b` written to slot `start[b] + i`, or, if the cache is a `ring`, to the remainder of that by `S`. Tokens
    /// at
    /// or beyond position `valid[b]`, or outside the cache, are dropped.
    ///
    /// - C1: `cache` and `rows` have the same element type, `f32` or `bf16`.
    /// - C2: shapes as above.
    /// - C3: `start` and `valid` are `i64[B]`.
    /// - C4: a ring has as many slots as there are tokens, or more.
    record CacheWrite(Value cache, Value rows, Value start, Value valid, boolean ring) implements Positional {

        /// A cache that is no ring.
        public CacheWrite(Value cache, Value rows, Value start, Value valid) {
            this(cache, rows, start, valid, false);
        }

        @Override
        public List<Type> infer() {
            unless(
                    cache.dtype() == rows.dtype() && (cache.dtype() == DType.F32 || cache.dtype() == DType.BF16),
                    this,
                    "C1",
                    "cache and rows have the same element type, f32 or bf16");
            unless(
                    cache.type().rank() == 4
                            && rows.type().rank() == 4
                            && rows.shape().withDim(2, cache.type().dim(2)).equals(cache.shape()),
                    this,
                    "C2",
                    "cache [B, H, S, D], rows [B, H, T, D]");
            Type texts = Type.of(DType.I64, cache.type().dim(0));
            unless(start.type().equals(texts) && valid.type().equals(texts), this, "C3", "start and valid are i64[B]");
            unless(
                    !ring || rows.type().dim(2) <= cache.type().dim(2),
                    this,
                    "C4",
                    "a ring has as many slots as there are tokens, or more");
            return List.of(cache.type());
        }
    }

    /// `x [B, T, C], start i64[B], valid i64[B] -> [B, C]`: the last token of each text that counts, which is the one
    /// at
    /// position `valid[b] − 1`; the first where there is none.
    ///
    /// - C1: `x` has three dimensions, `T` at least 1.
    /// - C2: `start` and `valid` are `i64[B]`.
    record LastRow(Value x, Value start, Value valid) implements Positional {
        @Override
        public List<Type> infer() {
            unless(x.type().rank() == 3 && x.type().dim(1) > 0, this, "C1", "x has three dimensions, and tokens");
            Type texts = Type.of(DType.I64, x.type().dim(0));
            unless(start.type().equals(texts) && valid.type().equals(texts), this, "C2", "start and valid are i64[B]");
            return List.of(x.type().withShape(x.shape().withoutDim(1)));
        }
    }
}
