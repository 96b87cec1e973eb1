/// Checkpoints of PyTorch, as `torch.save` writes them: a zip of raw storages, and a pickle that says which tensor lies
/// where. The pickle is read by a machine of our own that can build tensors and plain data, and nothing else.
@NullMarked
package org.rduzoo.checkpoint.pytorch;

import org.jspecify.annotations.NullMarked;
