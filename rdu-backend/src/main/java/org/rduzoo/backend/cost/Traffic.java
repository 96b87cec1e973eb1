package org.rduzoo.backend.cost;

/// Bytes that a chip moves.
///
/// @param weights of the bytes read from HBM and DDR, those of parameters
/// @param scattered of the bytes to and from HBM and DDR, those that do not follow each other
/// @param peer sent to another chip
public record Traffic(
        long hbmRead, long hbmWritten, long ddrRead, long ddrWritten, long weights, long scattered, long peer) {

    public static final Traffic NONE = new Traffic(0, 0, 0, 0, 0, 0, 0);

    public Traffic plus(Traffic t) {
        return new Traffic(
                hbmRead + t.hbmRead,
                hbmWritten + t.hbmWritten,
                ddrRead + t.ddrRead,
                ddrWritten + t.ddrWritten,
                weights + t.weights,
                scattered + t.scattered,
                peer + t.peer);
    }

    public Traffic times(int n) {
        return new Traffic(
                n * hbmRead, n * hbmWritten, n * ddrRead, n * ddrWritten, n * weights, n * scattered, n * peer);
    }

    public long hbm() {
        return hbmRead + hbmWritten;
    }

    public long ddr() {
        return ddrRead + ddrWritten;
    }

    /// Between the chip and its memories.
    public long memory() {
        return hbm() + ddr();
    }
}
