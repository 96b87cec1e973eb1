@NullMarked
package org.rduzoo.backend.cost;

import org.jspecify.annotations.NullMarked;
