/// What the author of a model writes against.
@NullMarked
package org.rduzoo.samba;

import org.jspecify.annotations.NullMarked;
