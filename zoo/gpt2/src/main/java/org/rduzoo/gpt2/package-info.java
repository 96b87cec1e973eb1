/// GPT-2, for the RDU.
@NullMarked
package org.rduzoo.gpt2;

import org.jspecify.annotations.NullMarked;
