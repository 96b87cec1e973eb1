/// Compiling a model of one's own and running it, section by section if need be.
@NullMarked
package org.rduzoo.samba.session;

import org.jspecify.annotations.NullMarked;
