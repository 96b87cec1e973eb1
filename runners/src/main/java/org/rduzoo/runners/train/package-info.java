/// Training: steps, the loop around them, what they are fed, and what they leave.
@NullMarked
package org.rduzoo.runners.train;

import org.jspecify.annotations.NullMarked;
