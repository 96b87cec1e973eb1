/// Continuing texts with a compiled decoder.
@NullMarked
package org.rduzoo.runners.generate;

import org.jspecify.annotations.NullMarked;
