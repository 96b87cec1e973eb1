/// Convolutions, plain and transposed, on tensors whose channels lie side by side.
@NullMarked
package org.rduzoo.backend.host.conv;

import org.jspecify.annotations.NullMarked;
