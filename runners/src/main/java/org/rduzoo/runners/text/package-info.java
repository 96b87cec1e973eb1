/// Text to tokens and back.
@NullMarked
package org.rduzoo.runners.text;

import org.jspecify.annotations.NullMarked;
