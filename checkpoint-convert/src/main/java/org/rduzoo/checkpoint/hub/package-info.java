/// Checkpoints from the Hugging Face Hub, in the cache that its Python tools use too.
@NullMarked
package org.rduzoo.checkpoint.hub;

import org.jspecify.annotations.NullMarked;
