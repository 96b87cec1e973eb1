package org.rduzoo.backend.host.conv;

import org.rduzoo.backend.host.machine.Kernel;

/// The gradient by a convolution's weight, in three kernels, each of which needs all that the one before left.
///
/// @param running computes what shares of the batch add to it
/// @param joining adds up the shares, always in the same order
/// @param unpacking brings the sum into PyTorch's layout
public record WeightGradient(Kernel running, Kernel joining, Kernel unpacking) {}
