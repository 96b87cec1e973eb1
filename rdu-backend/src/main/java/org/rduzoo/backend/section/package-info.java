/// The graph cut into sections, and what each asks of a chip.
@NullMarked
package org.rduzoo.backend.section;

import org.jspecify.annotations.NullMarked;
