@NullMarked
package org.rduzoo.runners.generate;

import org.jspecify.annotations.NullMarked;
