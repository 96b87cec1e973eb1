/// Products of matrices on this machine: the best kernel for a shape, a processor and a number of threads, bound to
/// memory. [Products] is the way in.
@NullMarked
package org.rduzoo.backend.host.gemm;

import org.jspecify.annotations.NullMarked;
