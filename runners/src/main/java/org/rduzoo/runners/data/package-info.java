/// Training data: text to packed rows of tokens, and back from the files that hold them.
@NullMarked
package org.rduzoo.runners.data;

import org.jspecify.annotations.NullMarked;
