@NullMarked
package org.rduzoo.runners.synthetic;

import org.jspecify.annotations.NullMarked;
