@NullMarked
package org.rduzoo.backend.pef;

import org.jspecify.annotations.NullMarked;
