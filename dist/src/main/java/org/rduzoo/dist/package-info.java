/// What a user starts.
@NullMarked
package org.rduzoo.dist;

import org.jspecify.annotations.NullMarked;
