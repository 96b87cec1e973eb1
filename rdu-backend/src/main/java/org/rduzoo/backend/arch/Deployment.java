package org.rduzoo.backend.arch;

import org.rduzoo.samba.UserError;

/// The part of a machine that a graph is compiled for.
///
/// @param tiles of each chip
/// @param chips that share the graph
public record Deployment(Arch arch, int tiles, int chips, TensorParallel parallel) {

    /// @throws UserError when the chip has fewer tiles, or a node fewer chips
    public Deployment {
        arch.requireTiles(tiles);
        int most = arch.links().chips().count();
        if (chips < 1 || chips > most) {
            throw new UserError("--n-chips is " + chips + ", but a node has " + most + " chips of " + arch.name()
                    + ".\nGive a number from 1 to " + most + ".");
        }
        if (parallel == TensorParallel.NONE && chips > 1) {
            throw new UserError("--n-chips is " + chips
                    + ", but --tensor-parallel none leaves all to one chip.\nGive --tensor-parallel weight or batch.");
        }
    }

    /// One chip, or these tiles of it.
    public static Deployment of(Arch arch, int tiles) {
        return new Deployment(arch, tiles, 1, TensorParallel.NONE);
    }

    /// The same with so many tiles of each chip.
    public Deployment withTiles(int count) {
        return new Deployment(arch, count, chips, parallel);
    }

    /// Compute units of a chip.
    public int pcus() {
        return arch.pcus(tiles);
    }

    /// Memory units of a chip.
    public int pmus() {
        return arch.pmus(tiles);
    }
}
