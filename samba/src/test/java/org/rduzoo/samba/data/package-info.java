@NullMarked
package org.rduzoo.samba.data;

import org.jspecify.annotations.NullMarked;
