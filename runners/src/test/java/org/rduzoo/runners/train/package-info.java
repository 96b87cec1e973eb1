@NullMarked
package org.rduzoo.runners.train;

import org.jspecify.annotations.NullMarked;
