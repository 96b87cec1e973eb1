/// The compiled file: what is in it, how it is written, read and checked.
@NullMarked
package org.rduzoo.backend.pef;

import org.jspecify.annotations.NullMarked;
