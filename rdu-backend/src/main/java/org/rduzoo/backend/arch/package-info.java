/// The chips as data.
@NullMarked
package org.rduzoo.backend.arch;

import org.jspecify.annotations.NullMarked;
