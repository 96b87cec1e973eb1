@NullMarked
package org.rduzoo.ir.pass;

import org.jspecify.annotations.NullMarked;
