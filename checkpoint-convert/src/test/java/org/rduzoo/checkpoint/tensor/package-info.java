@NullMarked
package org.rduzoo.checkpoint.tensor;

import org.jspecify.annotations.NullMarked;
