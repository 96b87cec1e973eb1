/// Images and volumes: how they are read and written, cut into tiles, and compared.
@NullMarked
package org.rduzoo.runners.image;

import org.jspecify.annotations.NullMarked;
