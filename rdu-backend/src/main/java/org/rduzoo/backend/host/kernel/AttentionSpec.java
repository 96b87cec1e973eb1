package org.rduzoo.backend.host.kernel;

import java.util.Optional;
import org.rduzoo.ir.DType;

/// What [org.rduzoo.ir.Product.Attention] computes, on memory. `f32` or `bf16` in; `f32` or `bf16` out. Keys and values
/// go by the position that they stand at; [#slot] says where they lie.
///
/// @param q `[batch, queryHeads, queries, headSize]`
/// @param k `[batch, keyHeads, keys, headSize]`
/// @param v `[batch, keyHeads, keys, valueSize]`; the softmax is rounded to its element type
/// @param out `[batch, queryHeads, queries, valueSize]`
/// @param logSumExp `f32 [batch, queryHeads, queries]`, row-major
/// @param start `i64 [batch]`
/// @param valid `i64 [batch]`
/// @param segments `i64 [batch, keys]`
/// @param keyMask `i64 [batch, keys]`
/// @param scores the element type that scores are rounded to
/// @param ring whether keys and values of a position lie at its remainder by `keys`
/// @param drops which shares are dropped out, if any are
public record AttentionSpec(
        int batch,
        int queryHeads,
        int keyHeads,
        int queries,
        int keys,
        int headSize,
        int valueSize,
        Heads q,
        Heads k,
        Heads v,
        Heads out,
        Optional<Place> logSumExp,
        Optional<Place> start,
        Optional<Place> valid,
        Optional<Place> segments,
        Optional<Place> keyMask,
        boolean causal,
        int window,
        double scale,
        DType scores,
        boolean ring,
        Optional<ShareDrops> drops) {

    /// Rows of numbers by batch, head and token; strides in elements, a row's elements side by side.
    public record Heads(Place place, long batchStride, long headStride, long tokenStride) {

        /// A row-major `[batch, heads, tokens, size]`.
        public static Heads headsFirst(Place place, int heads, int tokens, int size) {
            return new Heads(place, (long) heads * tokens * size, (long) tokens * size, size);
        }

        /// A row-major `[batch, tokens, heads, size]`, as products leave it.
        public static Heads tokensFirst(Place place, int heads, int tokens, int size) {
            return new Heads(place, (long) heads * tokens * size, size, (long) heads * size);
        }

        public long address(int batch, int head, int token) {
            long element = batch * batchStride + head * headStride + token * tokenStride;
            return place.address() + element * place.dtype().bytes();
        }

        void require(int batch, int heads, int tokens, int size) {
            place.require(new int[] {batch, heads, tokens, size}, new long[] {batchStride, headStride, tokenStride, 1});
            if (place.dtype() != DType.F32 && place.dtype() != DType.BF16) {
                throw new IllegalArgumentException(
                        "attention works on f32 and bf16, not " + place.dtype().text());
            }
        }
    }

    public AttentionSpec {
        if (ring && (valid.isEmpty() || segments.isPresent() || keyMask.isPresent())) {
            throw new IllegalArgumentException("a ring has valid, and neither segments nor a key mask");
        }
        if (keyHeads <= 0 || queryHeads % keyHeads != 0) {
            throw new IllegalArgumentException(keyHeads + " key heads do not divide " + queryHeads + " query heads");
        }
        q.require(batch, queryHeads, queries, headSize);
        k.require(batch, keyHeads, keys, headSize);
        v.require(batch, keyHeads, keys, valueSize);
        out.require(batch, queryHeads, queries, valueSize);
        logSumExp.ifPresent(p -> p.require((long) batch * queryHeads * queries));
        start.ifPresent(p -> p.require(batch));
        valid.ifPresent(p -> p.require(batch));
        segments.ifPresent(p -> p.require((long) batch * keys));
        keyMask.ifPresent(p -> p.require((long) batch * keys));
    }

    /// The probability that this run drops a share with.
    public float dropProbability() {
        return drops.isPresent() ? drops.get().probability() : 0;
    }

    /// What the random numbers of a query's shares come from.
    public long dropKey(int sequence, int head, int token) {
        return drops.orElseThrow().key(((long) sequence * queryHeads + head) * queries + token);
    }

    /// Query heads that share a key head.
    public int group() {
        return queryHeads / keyHeads;
    }

    /// The position of the first query of a sequence.
    public long firstPosition(int sequence) {
        return start.isPresent() ? RawMemory.i64(start.get().address() + 8L * sequence) : (long) keys - queries;
    }

    /// The end of the keys of a sequence that count.
    public int validKeys(int sequence) {
        return valid.isPresent()
                ? Math.clamp(RawMemory.i64(valid.get().address() + 8L * sequence), 0, lastEnd())
                : keys;
    }

    /// The first key of a sequence that a query at `position` may see by the window alone. There are at most `keys`
    /// from
    /// here to the end of those that count.
    public int firstKey(int sequence, long position) {
        int kept = ring ? Math.max(0, validKeys(sequence) - keys) : 0;
        return window == 0 ? kept : Math.clamp(position - window + 1, kept, lastEnd());
    }

    /// The end of the keys that a query at `position` may see by causality alone.
    public int endKey(long position) {
        return causal ? Math.clamp(position + 1, 0, lastEnd()) : lastEnd();
    }

    /// Where a key's row lies among those of its head.
    public int slot(int key) {
        return ring ? key % keys : key;
    }

    /// The positions of a ring have no end of their own.
    private int lastEnd() {
        return ring ? Integer.MAX_VALUE : keys;
    }

    /// Whether the sequence's masks let the query at `position` see a key.
    public boolean sees(int sequence, long position, int key) {
        return !isHidden(sequence, key)
                && (segments.isEmpty() || slot(segments.get(), sequence, key) == segmentOf(sequence, position));
    }

    /// Whether the key mask hides a key from all queries.
    public boolean isHidden(int sequence, int key) {
        return keyMask.isPresent() && slot(keyMask.get(), sequence, key) == 0;
    }

    /// Where a query's log-sum-exp goes, if it is wanted.
    public long logSumExpAddress(int sequence, int head, int token) {
        return logSumExp.orElseThrow().address() + 4 * (((long) sequence * queryHeads + head) * queries + token);
    }

    /// The segment that stands at a query's position; one outside the keys has none that a key could share.
    public long segmentOf(int sequence, long position) {
        return position >= 0 && position < keys
                ? slot(segments.orElseThrow(), sequence, (int) position)
                : Long.MIN_VALUE;
    }

    private long slot(Place place, int sequence, int key) {
        return RawMemory.i64(place.address() + 8 * ((long) sequence * keys + key));
    }
}
