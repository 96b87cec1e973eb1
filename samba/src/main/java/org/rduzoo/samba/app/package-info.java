/// Programs of one's own: their command lines, and how they start and end.
@NullMarked
package org.rduzoo.samba.app;

import org.jspecify.annotations.NullMarked;
