@NullMarked
package org.rduzoo.llama;

import org.jspecify.annotations.NullMarked;
