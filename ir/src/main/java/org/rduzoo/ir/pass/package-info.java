/// Rewrites of graphs: where values are rounded, and which operations can be left out or joined.
@NullMarked
package org.rduzoo.ir.pass;

import org.jspecify.annotations.NullMarked;
