@NullMarked
package org.rduzoo.ir.grad;

import org.jspecify.annotations.NullMarked;
