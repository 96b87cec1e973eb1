@NullMarked
package org.rduzoo.ir;

import org.jspecify.annotations.NullMarked;
