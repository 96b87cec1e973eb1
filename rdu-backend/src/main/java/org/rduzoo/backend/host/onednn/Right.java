package org.rduzoo.backend.host.onednn;

/// The right factor of a product: [Operand] as it lies in memory, or [PackedLayout] as the library likes it best.
public sealed interface Right permits Operand, PackedLayout {}
