@NullMarked
package org.rduzoo.checkpoint.onnx;

import org.jspecify.annotations.NullMarked;
