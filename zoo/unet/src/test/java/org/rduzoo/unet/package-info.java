@NullMarked
package org.rduzoo.unet;

import org.jspecify.annotations.NullMarked;
