@NullMarked
package org.rduzoo.runners;

import org.jspecify.annotations.NullMarked;
