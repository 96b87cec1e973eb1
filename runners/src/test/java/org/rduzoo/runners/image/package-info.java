@NullMarked
package org.rduzoo.runners.image;

import org.jspecify.annotations.NullMarked;
