/// Llama, for the RDU.
@NullMarked
package org.rduzoo.llama;

import org.jspecify.annotations.NullMarked;
