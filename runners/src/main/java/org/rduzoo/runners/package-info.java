/// The command line: each command turns what it was asked for into a result, which is printed as text or as JSON.
@NullMarked
package org.rduzoo.runners;

import org.jspecify.annotations.NullMarked;
