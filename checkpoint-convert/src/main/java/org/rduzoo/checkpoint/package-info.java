/// Checkpoints as people have them: Hugging Face folders, single files, and the ways between them.
@NullMarked
package org.rduzoo.checkpoint;

import org.jspecify.annotations.NullMarked;
