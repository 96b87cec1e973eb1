/// The ONNX format: a bounded reader of models with their graphs, nodes and initializers.
@NullMarked
package org.rduzoo.checkpoint.onnx;

import org.jspecify.annotations.NullMarked;
