@NullMarked
package org.rduzoo.checkpoint;

import org.jspecify.annotations.NullMarked;
