/// Graphs that the tests of the backend share.
@NullMarked
package org.rduzoo.backend;

import org.jspecify.annotations.NullMarked;
