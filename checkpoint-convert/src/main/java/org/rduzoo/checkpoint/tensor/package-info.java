/// Tables of tensors, and the rules that rename and rearrange them from one format to another.
@NullMarked
package org.rduzoo.checkpoint.tensor;

import org.jspecify.annotations.NullMarked;
