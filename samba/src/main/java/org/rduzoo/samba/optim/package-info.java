/// Optimizers.
@NullMarked
package org.rduzoo.samba.optim;

import org.jspecify.annotations.NullMarked;
