package org.rduzoo.checkpoint.pytorch;

import java.lang.foreign.MemorySegment;
import java.util.Map;

/// What a file of `torch.save` holds, in either of its formats.
///
/// @param value what was saved
/// @param storages the memory that tensors lie in, by its keys
/// @param swapped whether numbers are big-endian
record TorchContents(PickleValue value, Map<String, MemorySegment> storages, boolean swapped) {}
