/// What a compiled graph would cost on a chip: the time of each section, what bounds it, where it lies on the chip and
/// in memory. It needs neither weights nor a run.
@NullMarked
package org.rduzoo.backend.cost;

import org.jspecify.annotations.NullMarked;
