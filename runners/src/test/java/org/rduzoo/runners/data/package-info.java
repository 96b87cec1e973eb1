@NullMarked
package org.rduzoo.runners.data;

import org.jspecify.annotations.NullMarked;
