package org.rduzoo.backend.host.kernel;

/// Which slot of a cache each token goes to, as [org.rduzoo.ir.Positional.CacheWrite] says.
///
/// @param start `i64 [batch]`, the position of each text's first token
/// @param valid `i64 [batch]`, how many positions of each text count
/// @param slots how many there are
/// @param ring whether the first slot follows the last
public record CacheSlots(Place start, Place valid, int slots, boolean ring) {

    static final int DROPPED = -1;

    public CacheSlots require(int batch) {
        start.require(batch);
        valid.require(batch);
        return this;
    }

    /// The slot of a token, or [#DROPPED].
    int of(int text, int token) {
        long position = RawMemory.i64(start.address() + 8L * text) + token;
        boolean kept =
                position >= 0 && (ring || position < slots) && position < RawMemory.i64(valid.address() + 8L * text);
        return kept ? (int) (position % slots) : DROPPED;
    }
}
