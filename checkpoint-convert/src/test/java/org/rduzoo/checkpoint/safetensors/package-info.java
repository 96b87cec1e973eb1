@NullMarked
package org.rduzoo.checkpoint.safetensors;

import org.jspecify.annotations.NullMarked;
