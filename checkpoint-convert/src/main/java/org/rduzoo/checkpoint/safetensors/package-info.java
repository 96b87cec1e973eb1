/// The safetensors format: a mapped reader, a reader for shards, and a writer.
@NullMarked
package org.rduzoo.checkpoint.safetensors;

import org.jspecify.annotations.NullMarked;
