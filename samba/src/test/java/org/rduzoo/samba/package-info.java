@NullMarked
package org.rduzoo.samba;

import org.jspecify.annotations.NullMarked;
