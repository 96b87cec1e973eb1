@NullMarked
package org.rduzoo.checkpoint.gguf;

import org.jspecify.annotations.NullMarked;
