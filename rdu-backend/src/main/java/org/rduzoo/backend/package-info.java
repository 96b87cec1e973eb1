/// The compiler: traced graphs in, a PEF out.
@NullMarked
package org.rduzoo.backend;

import org.jspecify.annotations.NullMarked;
