/// The graph: typed operations, their text form, shape rules and meaning.
@NullMarked
package org.rduzoo.ir;

import org.jspecify.annotations.NullMarked;
