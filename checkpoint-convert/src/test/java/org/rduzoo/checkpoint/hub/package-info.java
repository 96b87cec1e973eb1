@NullMarked
package org.rduzoo.checkpoint.hub;

import org.jspecify.annotations.NullMarked;
