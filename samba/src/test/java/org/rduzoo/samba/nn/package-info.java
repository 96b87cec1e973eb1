@NullMarked
package org.rduzoo.samba.nn;

import org.jspecify.annotations.NullMarked;
