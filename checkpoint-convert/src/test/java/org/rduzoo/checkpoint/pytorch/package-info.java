@NullMarked
package org.rduzoo.checkpoint.pytorch;

import org.jspecify.annotations.NullMarked;
