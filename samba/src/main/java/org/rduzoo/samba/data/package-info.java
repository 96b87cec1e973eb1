/// Packed training data and what a decoder is fed from it.
@NullMarked
package org.rduzoo.samba.data;

import org.jspecify.annotations.NullMarked;
