/// Training: from the graph of a forward pass to that of a whole step.
@NullMarked
package org.rduzoo.ir.grad;

import org.jspecify.annotations.NullMarked;
