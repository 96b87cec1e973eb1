/// Kernels that are not large products: what they compute, on which memory, and how in plain Java.
///
/// Each kernel is described by a record ([RowProgram], [AttentionSpec] …) that any implementation of [Kernels] makes
/// runnable. The implementations here need nothing but Java and are written to be read; the fast ones mirror them.
@NullMarked
package org.rduzoo.backend.host.kernel;

import org.jspecify.annotations.NullMarked;
