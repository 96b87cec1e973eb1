/// Layers that several models are made of.
@NullMarked
package org.rduzoo.samba.nn;

import org.jspecify.annotations.NullMarked;
