package org.rduzoo.backend.host.conv;

import org.rduzoo.backend.host.machine.Kernel;

/// A convolution in two kernels.
///
/// @param packing brings the weight into the layout that `running` reads; to be run whenever the weight has changed
/// @param running computes
public record PackedConvolution(Kernel packing, Kernel running) {}
